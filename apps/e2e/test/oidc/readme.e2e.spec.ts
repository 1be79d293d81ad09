import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitFor } from '@countersign/testing';
import { FormBrowser } from '../../src/form-browser.ts';
import { OidcUser } from '../../src/oidc-user.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8').split(
  '## Sign-in and a second factor by OIDC\n',
)[1]!;
const OIDC = readFileSync(join(ROOT, 'docs/oidc.md'), 'utf8');

/** The blocks of `language` in a text, in order. */
const blocks = (text: string, language: string): string[] =>
  text
    .split(`\`\`\`${language}\n`)
    .slice(1)
    .map((rest) => rest.split('```')[0]!);

const KIM = { username: 'kim', password: 'orange boat sails north', email: 'kim@site.example' };

describe('README and docs/oidc.md, typed in as written', () => {
  let system: System;
  let phone: Phone;
  let folder: string;
  let runFile: string;
  let site: string;
  let shop: string;
  /** The reader's terminal: a process group of its own, because relying parties go on when the shell has ended. */
  let shell: ChildProcess;
  let said = '';
  const files: string[] = [];

  /** What the reader has put in the place of ports and files that are taken here. */
  let typed = (text: string): string => text;
  async function run(text: string, what: string): Promise<string> {
    const from = said.length;
    shell.stdin!.write(`${typed(text)}\necho typed "${what}"\n`);
    await waitFor(() => said.slice(from).includes(`typed ${what}`), {
      timeoutMs: 60_000,
      what: `${what}: ${said}`,
    });
    return said.slice(from);
  }
  const listens = (address: string) =>
    waitFor(
      () =>
        fetch(`${address}/callback`).then(
          ({ status }) => status === 400,
          () => false,
        ),
      { timeoutMs: 60_000, what: `the relying party at ${address}: ${said}` },
    );
  const userOf = (person: { username: string; password: string; email?: string }) =>
    new OidcUser(new FormBrowser(system.gateway), person, phone);

  beforeAll(async () => {
    system = await System.boot('readme_oidc', { reachable: true });
    phone = new Phone(system);
    const demo = await system.seedDemo();
    folder = mkdtempSync(join(tmpdir(), 'countersign-readme-'));
    runFile = join(folder, 'run.json');
    writeFileSync(runFile, JSON.stringify({ gateway: system.gateway, demo }));
    const [sitePort, shopPort] = [await freePort(), await freePort()];
    site = `http://127.0.0.1:${sitePort}`;
    shop = `http://127.0.0.1:${shopPort}`;
    files.push(`${ROOT}example-rp-${sitePort}.mjs`, `${ROOT}example-2fa-${shopPort}.mjs`);
    typed = (text) =>
      text
        .replaceAll('.countersign/run.json', runFile)
        .replaceAll('5006', String(sitePort))
        .replaceAll('5007', String(shopPort))
        .replaceAll('example-rp.mjs', files[0]!)
        .replaceAll('example-2fa.mjs', files[1]!);
    writeFileSync(files[0]!, typed(blocks(README, 'js')[0]!), { flag: 'wx' });
    writeFileSync(files[1]!, typed(blocks(OIDC, 'js')[0]!), { flag: 'wx' });
    shell = spawn('bash', { cwd: ROOT, stdio: 'pipe', detached: true });
    for (const stream of [shell.stdout!, shell.stderr!]) stream.on('data', (text) => (said += text));
  }, 60_000);
  afterAll(async () => {
    if (shell?.pid !== undefined) process.kill(-shell.pid, 'SIGTERM');
    for (const file of files) rmSync(file, { force: true });
    if (folder) rmSync(folder, { recursive: true, force: true });
    await system?.close();
  });

  /** Signs in at the site, which asks for `more` besides; answers what it shows, once. */
  async function signIn(user: OidcUser, more = '') {
    const begun = await fetch(site, { redirect: 'manual' });
    const cookie = begun.headers.get('set-cookie')!.split(';')[0]!;
    const asked = new URL(begun.headers.get('location')!);
    asked.searchParams.set('scope', `${asked.searchParams.get('scope')}${more}`);
    const { url } = await user.visit(asked);
    const shown = await (await fetch(url, { headers: { cookie } })).text();
    expect((await fetch(url, { headers: { cookie } })).status).toBe(400);
    return JSON.parse(shown);
  }

  it('kim signs in with a password, is known by a refreshed token, and signs out', async () => {
    await run(blocks(README, 'sh')[0]!, 'the client');
    await listens(site);
    const user = userOf(KIM);
    const { claims, user: info, signOut } = await signIn(user);
    expect(user.seen).toEqual(['password', 'consent']);
    expect(claims).toMatchObject({ aud: 'my-site', amr: ['pwd'] });
    expect(info).toEqual({ sub: claims.sub, name: 'Kim Vale' });
    const { url } = await user.visit(signOut);
    expect(url.href).toBe(`${site}/bye`);
  }, 120_000);

  it('an answer is taken from the browser alone that began', async () => {
    const begun = await fetch(site, { redirect: 'manual' });
    const { url } = await userOf(KIM).visit(begun.headers.get('location')!);
    expect((await fetch(url)).status).toBe(400);
  });

  it('C1: with an address, and `mfa` at the client, she types a code', async () => {
    await run(blocks(README, 'sh')[1]!, 'MFA of the client');
    const user = userOf(KIM);
    const { claims } = await signIn(user);
    expect(user.seen).toEqual(['password', 'way', 'code', 'consent']);
    expect(claims.amr).toEqual(['pwd', 'otp']);
  });

  it('C4: `mfa` at a scope asks for the code where that scope is asked for', async () => {
    const [start, scope, addresses] = blocks(OIDC, 'sh');
    expect(await run(start!, 'the metadata')).toContain(`"issuer":"${system.gateway}/oidc/demo"`);
    await run(scope!, 'MFA of the scope');
    await run(addresses!, 'addresses');
    const user = userOf(KIM);
    await signIn(user);
    expect(user.seen).toEqual(['password', 'consent']);
    await signIn(user, ' reports');
    expect(user.seen.slice(2)).toEqual(['consent', 'way', 'code']);
  });

  it('V1, V3, V11: dana chooses her images, then shows them; the shop knows that it was she', async () => {
    shell.stdin!.write(`${typed(blocks(OIDC, 'sh')[3]!)}\n`);
    await listens(shop);
    const user = userOf({ username: 'dana', password: '' });
    for (const pages of [2, 3]) {
      const begun = await fetch(shop, { redirect: 'manual' });
      const { url } = await user.visit(begun.headers.get('location')!);
      const claims = JSON.parse(await (await fetch(url)).text());
      expect(claims).toMatchObject({ preferred_username: 'dana', amr: ['kba'], acr: 'aal1', aud: 'my-shop' });
      expect(user.seen).toEqual(Array(pages).fill('passcode'));
      expect((await fetch(url)).status).toBe(400);
    }
  }, 120_000);
});
