/**
 * `npm run bench`: measures against limits and peers of the same run, never absolute times. Brings up every service on
 * a real broker with data of its own, measures, takes everything down again.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { demandNode, ensureInstalled, ROOT } from './checkout.mjs';
import { kafkaObstacle } from './kafka-libs.mjs';

/** Every measurement by its name, in the order they are taken: (run, { rounds, say, sink, keys }) → rows of the table. */
const BENCHES = {
  mfa: async (run, how) => (await import('./bench/mfa.mjs')).benchMfa(run, how),
  'token-cpu': async (run, how) => (await import('./bench/token-cpu.mjs')).benchTokenCpu(run, how),
  conceal: async (run, how) => (await import('./bench/conceal.mjs')).benchConceal(run, how),
  tokens: async (run, how) => (await import('./bench/tokens.mjs')).benchTokens(run, how),
  'sso-read': async (run, how) => (await import('./bench/sso-read.mjs')).benchSsoRead(run, how),
  oidc: async (run, how) => (await import('./bench/oidc.mjs')).benchOidc(run, how),
  actions: async (run, how) => (await import('./bench/actions.mjs')).benchActions(run, how),
};

const HELP = `npm run bench [-- --only ${Object.keys(BENCHES).join('|')}] [--rounds N] [--port P]

Ratios against limits of the same run, one line each in docs/benchmarks.md, where the results of one machine stand, too:
  mfa        logins by a code sent by e-mail, against bare commits
  token-cpu  CPU of issuing and introspecting tokens, against a bare server that signs or verifies
  conceal    whether the time of an answer tells who exists; a table of its own
  tokens     external tokens (issue + consume) against a bare single-use UPDATE
  sso-read   a user's values from sso-data's cache and past it, against a bare server and one SELECT
  oidc       tokens of clients and whole logins by OIDC, against oidc-provider alone
  actions    audit actions on Kafka (to the challenge on Kafka) against a bare produce, consume and two commits
Takes about seven minutes; needs Java 17 and Maven, and Linux for CPU.
`;

const argument = (name, preset) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? preset : process.argv[at + 1];
};

/** Starts the system on `port` and resolves with its run file; `end` takes it down. */
async function bringUp(data, port, more) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('start.mjs', import.meta.url)), '--kafka'], {
    cwd: ROOT,
    env: {
      ...process.env,
      ...more,
      COUNTERSIGN_DATA: data,
      COUNTERSIGN_PORT: String(port),
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const runFile = join(data, 'run.json');
  const end = async () => {
    child.kill('SIGTERM');
    await gone;
  };
  for (let waited = 0; waited < 240 && child.exitCode === null; waited++) {
    if (existsSync(runFile)) return { run: JSON.parse(readFileSync(runFile, 'utf8')), end };
    await pause(500);
  }
  await end();
  throw new Error('the system did not come up');
}

async function main() {
  demandNode();
  if (process.argv.includes('--help')) return process.stdout.write(HELP);
  const obstacle = kafkaObstacle();
  if (obstacle) throw new Error(obstacle);
  const say = (text) => process.stdout.write(`${text}\n`);
  await ensureInstalled(say);
  await ensureBuilt(say);
  const data = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const only = argument('only');
  if (only && !BENCHES[only]) throw new Error(`there is no measurement ${only}\n${HELP}`);
  const rounds = Number(argument('rounds', '3'));
  say('bringing the system up …');
  const { openMailSink } = await import('./bench/mail-sink.mjs');
  const sink = await openMailSink();
  const { HASH_KIB } = await import('./bench/oidc.mjs');
  const mail = { SMTP_URL: sink.url, MAIL_FROM: 'bench@countersign.example' };
  const hash = { PASSWORD_HASH_KIB: String(HASH_KIB) };
  const { run, end } = await bringUp(data, Number(argument('port', '4900')), { ...mail, ...hash });
  try {
    const { printTable } = await import('./bench/figures.mjs');
    const rows = [];
    for (const [name, bench] of Object.entries(BENCHES))
      if (name === (only ?? name))
        rows.push(...(await bench(run, { rounds, say, sink, keys: join(data, 'keys') })));
    if (rows.length > 0) printTable(rows, say);
  } finally {
    await end();
    await sink.close();
    rmSync(data, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error.stack ?? error}\n`);
  process.exitCode = 1;
}
