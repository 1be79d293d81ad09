import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort, waitFor } from '@countersign/testing';
import { FormBrowser } from '../../src/form-browser.ts';
import { OidcUser } from '../../src/oidc-user.ts';
import { Phone } from '../../src/phone.ts';
import { System } from '../../src/system.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const [, SECTION = ''] = readFileSync(`${ROOT}README.md`, 'utf8').split(
  '## Sign-in and a second factor by OIDC\n',
);

/** The first block of `language` in the section. */
const block = (language: string): string => SECTION.split(`\`\`\`${language}\n`)[1]!.split('```')[0]!;

describe('README: sign-in and a second factor by OIDC, typed in as written', () => {
  let system: System;
  let port: number;
  let child: ChildProcess | undefined;
  let said = '';
  let file: string;

  beforeAll(async () => {
    system = await System.boot('readme_oidc', { reachable: true });
    const demo = await system.seedDemo();
    port = await freePort();
    file = `${ROOT}example-rp-${port}.mjs`;
    const typed = (text: string) =>
      text
        .replaceAll('http://127.0.0.1:4000', system.gateway)
        .replaceAll('5006', String(port))
        .replaceAll('example-rp.mjs', file);
    writeFileSync(file, typed(block('js')), { flag: 'wx' });
    const helpers = `API=${system.gateway}/apps/demo; KEY=${demo.apiKey}
json() { node -p "JSON.parse(fs.readFileSync(0)).$1"; }
post() { curl -s -w '\\n' -H 'content-type: application/json' "$@"; }`;
    // a process group of its own, because the relying party goes on when the shell has ended
    child = spawn('bash', ['-c', `${helpers}\n${typed(block('sh'))}`], { cwd: ROOT, detached: true });
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text) => (said += text));
    const isUp = () =>
      fetch(`http://127.0.0.1:${port}/callback`).then(
        ({ status }) => status === 400,
        () => false,
      );
    await waitFor(isUp, { timeoutMs: 20_000, what: `the relying party: ${said}` });
  }, 60_000);
  afterAll(async () => {
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    rmSync(file, { force: true });
    await system?.close();
  });

  it('V1, V3, V11: dana chooses her images, then shows them; the shop knows that it was she', async () => {
    const user = new OidcUser(
      new FormBrowser(system.gateway),
      { username: 'dana', password: '' },
      new Phone(system),
    );
    for (const pages of [2, 3]) {
      const begun = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' });
      const { url } = await user.visit(begun.headers.get('location')!);
      const claims = JSON.parse(await (await fetch(url)).text());
      expect(claims).toMatchObject({ preferred_username: 'dana', amr: ['kba'], acr: 'aal1', aud: 'my-shop' });
      expect(user.seen).toEqual(Array(pages).fill('passcode'));
      expect((await fetch(url)).status).toBe(400);
    }
  });
});
