import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, freePortBlock, waitFor } from '@countersign/testing';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const START = fileURLToPath(new URL('../../../tools/start.mjs', import.meta.url));
const SMOKE = fileURLToPath(new URL('../../../tools/smoke.mjs', import.meta.url));

interface Run {
  gateway: string;
  bus: string;
  services: Record<string, { url: string; pid: number }>;
  others: Record<string, number>;
  platformKey: string;
  demo: Record<string, unknown> & { appId: string; apiKey: string; username: string };
}

/** The first block of `language` after a heading of the README. */
function blockOf(heading: string, language: string): string {
  const [, after = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split(`## ${heading}\n`);
  const [, block] = after.split(`\`\`\`${language}\n`);
  return block!.split('```')[0]!;
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('npm start', () => {
  const data = mkdtempSync(join(tmpdir(), 'countersign-start-'));
  const runFile = join(data, 'run.json');
  const readRun = (): Run => JSON.parse(readFileSync(runFile, 'utf8'));
  const pidsOf = ({ services, others }: Run) => [
    ...Object.values(services).map(({ pid }) => pid),
    ...Object.values(others),
  ];
  const started: ChildProcess[] = [];
  let port: string;

  function run(script: string, args: string[] = []) {
    const env = { ...process.env, COUNTERSIGN_DATA: data, COUNTERSIGN_PORT: port };
    const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    started.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, exited, said: () => said };
  }
  const up = async (starting: ReturnType<typeof run>): Promise<Run> => {
    await waitFor(() => starting.said().includes('Ctrl-C ends it'), {
      timeoutMs: 120_000,
      what: 'the start',
    });
    return readRun();
  };

  beforeAll(async () => {
    port = String(await freePortBlock(30));
  });
  afterAll(async () => {
    for (const child of started) child.kill('SIGTERM');
    await waitFor(() => !existsSync(join(data, 'lock')), { what: 'the end of what was started' });
    rmSync(data, { recursive: true, force: true });
  });

  it('comes up, says where everything is to its owner only, and the main job works', async () => {
    const first = run(START);
    const { bus, demo, gateway, services } = await up(first);
    expect(statSync(runFile).mode & 0o777).toBe(0o600);
    expect({ bus, gateway }).toEqual({ bus: 'in-process', gateway: `http://127.0.0.1:${port}` });
    expect(Object.keys(services)).toEqual(['mfa-orchestrator', 'token-service', 'sso-data', 'oidc-broker']);
    expect(demo).toMatchObject({ appId: 'demo', apiKey: expect.stringMatching(/^csk_/), username: 'dana' });
    expect(demo).toMatchObject({
      issuer: `${gateway}/oidc/demo`,
      redirectUri: `${gateway}/demo/rp/callback`,
      ...{ clientId: 'demo-rp', clientSecret: expect.any(String), password: expect.any(String) },
    });
    expect(first.said()).toContain('SECURITY_PROFILE=development');
    const smoke = run(SMOKE);
    expect({ code: await smoke.exited, said: smoke.said() }).toMatchObject({ code: 0 });
  }, 180_000);

  it('seed 002, S1, S2: the README’s partner mints an id the first time and gets it back, typed in as written', async () => {
    const partnerPort = await freePort();
    const file = `example-sso-${partnerPort}.mjs`;
    const typed = (text: string) =>
      text
        .replaceAll(':4000', `:${port}`)
        .replaceAll('5005', String(partnerPort))
        .replaceAll('.countersign/run.json', runFile)
        .replaceAll('example-sso.mjs', file);
    const section = 'Partners behind single sign-on';
    writeFileSync(join(ROOT, file), typed(blockOf(section, 'js')), { flag: 'wx' });
    // a process group of its own, because the partner goes on when the shell has ended
    const shell = spawn('bash', { cwd: ROOT, stdio: 'pipe', detached: true });
    let said = '';
    for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (text) => (said += text));
    try {
      const [runPartner, ...lines] = typed(blockOf(section, 'sh')).split('\n');
      shell.stdin.write(`${typed(blockOf('The main job by hand', 'sh'))}\n${runPartner}\n`);
      await waitFor(() => listens(partnerPort), { timeoutMs: 20_000, what: 'the partner' });
      shell.stdin.write(`${lines.join('\n')}\necho typed\n`);
      await waitFor(() => said.includes('\ntyped'), { timeoutMs: 20_000, what: `the answers: ${said}` });
      const { items } = JSON.parse(said.split('\n').findLast((line) => line.startsWith('{"items"')) ?? '');
      expect(items).toMatchObject([{ vendor: 'example', key: 'Session.UserSSOIdentifier' }]);
      const answers = said.split('\n').filter((line) => line.includes('"LINK_OUT"'));
      expect(answers.map((answer) => JSON.parse(answer).saved)).toEqual([['Session.UserSSOIdentifier'], []]);
      expect(said).toContain(`I got an id value: ${items[0].value}`);
    } finally {
      process.kill(-shell.pid!, 'SIGTERM');
      rmSync(join(ROOT, file));
    }
  }, 60_000);

  it('a second start on the same data says who has it, and leaves the first alone', async () => {
    const second = run(START);
    expect(await second.exited).toBe(1);
    expect(second.said()).toMatch(/already runs on this data \(pid \d+/);
    expect((await fetch(`${readRun().gateway}/readyz`)).status).toBe(200);
  }, 60_000);

  it('a service that dies is started again, and the run file follows', async () => {
    const { pid } = readRun().services['token-service']!;
    process.kill(pid, 'SIGKILL');
    const again = await waitFor(() => readRun().services['token-service']!.pid !== pid && readRun(), {
      timeoutMs: 30_000,
    });
    const ready = async () => (await fetch(`${again.gateway}/readyz`)).ok;
    await waitFor(ready, { timeoutMs: 30_000, what: 'the restarted services' });
  }, 90_000);

  it('killed outright, it leaves nothing running, and the next start goes on with the same data', async () => {
    const before = readRun();
    started[0]!.kill('SIGKILL');
    const gone = () => pidsOf(before).every((pid) => !isThere(pid));
    await waitFor(gone, { timeoutMs: 20_000, what: 'the end of the orphans' });
    const next = run(START);
    const after = await up(next);
    expect(next.said()).toMatch(/did not end properly|left behind/);
    expect(after.platformKey).toBe(before.platformKey);
    expect(after.demo).toEqual(before.demo);
  }, 180_000);

  it('SIGTERM ends everything it started within ten seconds, and takes the run file away', async () => {
    const pids = pidsOf(readRun());
    const last = started.at(-1)!;
    const began = performance.now();
    last.kill('SIGTERM');
    await new Promise((resolve) => last.once('close', resolve));
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(last.exitCode).toBe(0);
    // a process that has ended is there until its parent takes notice
    const gone = () => pids.every((pid) => !isThere(pid));
    await waitFor(gone, { timeoutMs: 5_000, what: 'the end of everything' });
    expect(existsSync(runFile)).toBe(false);
  }, 60_000);

  it('a busy port is named', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(Number(port) + 2, '127.0.0.1', resolve));
    const busy = run(START);
    expect(await busy.exited).toBe(1);
    expect(busy.said()).toContain(`port ${Number(port) + 2} (token-service) is in use`);
    await new Promise((resolve) => server.close(resolve));
  }, 60_000);
});
