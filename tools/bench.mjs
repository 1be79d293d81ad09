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

const HELP = `npm run bench [-- --only tokens|actions] [--rounds N] [--port P]

Ratios against limits of the same run: external tokens (issue + consume) against a bare single-use UPDATE, and audit
actions on Kafka (to the challenge on Kafka) against a bare produce, consume and two commits. Takes about four minutes;
needs Java 17 and Maven. Results of one machine stand in docs/benchmarks.md.
`;

const argument = (name, preset) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? preset : process.argv[at + 1];
};

/** Starts the system on `port` and resolves with its run file; `end` takes it down. */
async function bringUp(data, port) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('start.mjs', import.meta.url)), '--kafka'], {
    cwd: ROOT,
    env: { ...process.env, COUNTERSIGN_DATA: data, COUNTERSIGN_PORT: String(port), LOG_LEVEL: 'warn' },
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
  const rounds = Number(argument('rounds', '3'));
  say('bringing the system up …');
  const { run, end } = await bringUp(data, Number(argument('port', '4900')));
  try {
    const { printTable } = await import('./bench/figures.mjs');
    const rows = [];
    if (only !== 'actions')
      rows.push(...(await (await import('./bench/tokens.mjs')).benchTokens(run, { rounds, say })));
    if (only !== 'tokens')
      rows.push(...(await (await import('./bench/actions.mjs')).benchActions(run, { rounds, say })));
    printTable(rows, say);
  } finally {
    await end();
    rmSync(data, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error.stack ?? error}\n`);
  process.exitCode = 1;
}
