/** A system for fault runs and fuzzing: `npm start` on data and ports of its own. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './checkout.mjs';
import { isFree } from './ports.mjs';

/** A base port behind which all that a system takes are free. */
async function freeBase() {
  for (let base = 21_000; base < 30_000; base += 50) {
    const free = await Promise.all(Array.from({ length: 8 }, (_, at) => isFree(base + at)));
    if (free.every(Boolean)) return base;
  }
  throw new Error('no free ports between 21000 and 30000');
}

/**
 * Starts it, on a real broker unless told otherwise; answers { run(): what its run file says now, end(): its processes
 * that are left, said(): its output, data: its directory }. `env`: variables besides those of this process.
 */
export async function startSystem(say, { kafka = true, env = {} } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'countersign-system-'));
  chmodSync(directory, 0o711); // Postgres is another user when we are root
  const data = join(directory, 'data');
  const port = await freeBase();
  const child = spawn(process.execPath, [join(ROOT, 'tools', 'start.mjs'), ...(kafka ? ['--kafka'] : [])], {
    env: {
      ...{ ...process.env, ...env },
      ...{ COUNTERSIGN_PORT: String(port), COUNTERSIGN_DATA: data, COUNTERSIGN_SEED: '' },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  let ended;
  const exited = new Promise((resolve) => child.once('exit', (code) => resolve((ended = { code }))));
  const file = join(data, 'run.json');
  say(`starting Postgres, ${kafka ? 'Kafka ' : ''}and every service`);
  while (!existsSync(file)) {
    if (ended) throw new Error(`the system did not start:\n${said}`);
    await pause(100);
  }
  /** The last run file that could be read: it is renamed into place whole, and gone at the end. */
  const run = () => {
    if (ended) throw new Error(`the system gave up:\n${said.slice(-3000)}`);
    return JSON.parse(readFileSync(file, 'utf8'));
  };
  return {
    run,
    data,
    said: () => said,
    async end({ keep = false } = {}) {
      const pids = ended ? [] : pidsOf(JSON.parse(readFileSync(file, 'utf8')));
      child.kill('SIGTERM');
      await exited;
      const left = pids.filter(isAlive);
      if (keep) say(`data and logs are kept in ${data}`);
      else rmSync(directory, { recursive: true, force: true });
      return left;
    },
  };
}

/** Name and pid of everything a fault can hit. */
export const targetsOf = ({ services, others }) => ({
  ...Object.fromEntries(Object.entries(services).map(([name, { pid }]) => [name, pid])),
  ...others,
});
const pidsOf = (run) => Object.values(targetsOf(run));

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
