import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';

/** What to run: `apps/<app>/src/main.ts`, with exactly this environment beside PATH and PORT. */
export interface SpawnOptions {
  app: string;
  env: Record<string, string>;
  /** A free one where absent; kept over restarts. */
  port?: number;
  /** Path that answers 200 once the service may be used; `/readyz` where absent. */
  ready?: string;
  /** 30,000 where absent. */
  timeoutMs?: number;
}

/** A service in a process of its own, for tests that kill it. */
export interface SpawnedService {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; changes with `restart`. */
  readonly pid: number;
  /** Everything it wrote since the first start. */
  output(): string;
  /** Power failure: SIGKILL, and gone when this resolves. */
  kill9(): Promise<void>;
  /** SIGTERM; resolves with the exit code, or null where it had to be killed after 15 s. */
  stop(): Promise<number | null>;
  /** Resolves with the exit code when it ends by itself (an armed crash point, for example). */
  exited(): Promise<number | null>;
  /** Starts it again with the same port and `env` laid over the old; resolves once ready. */
  restart(env?: Record<string, string>): Promise<void>;
}

const ROOT = new URL('../../../', import.meta.url);
/** The Node that services run under, also when a single spec was started with the machine's own. */
const NODE = fileURLToPath(new URL('node_modules/.bin/node', ROOT));
// a test runner that was itself killed must not leave services behind
const alive = new Set<ChildProcess>();
process.once('exit', () => alive.forEach((child) => child.kill('SIGKILL')));

/** Built code where `npm test` has just built it; else the sources, which need no build but four seconds. */
const program = (): string[] =>
  process.env.TEST_SPAWN_FROM === 'dist'
    ? ['--enable-source-maps', 'dist/main.js']
    : ['--conditions=@countersign/source', '--import', '@swc-node/register/esm-register', 'src/main.ts'];

/** Starts a service and waits until it is ready. Rejects with its output where it ends before. */
export async function spawnService(options: SpawnOptions): Promise<SpawnedService> {
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  let env = { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', PORT: String(port), ...options.env };
  let said = '';
  let child: ChildProcess;
  let exit: Promise<number | null>;

  const start = async (): Promise<void> => {
    const cwd = fileURLToPath(new URL(`apps/${options.app}`, ROOT));
    const started = spawn(NODE, program(), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let ended = false;
    child = started;
    alive.add(started);
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    exit = new Promise((resolve) =>
      started.once('exit', (code) => {
        ended = true;
        alive.delete(started);
        resolve(code);
      }),
    );
    const timeoutMs = options.timeoutMs ?? 30_000;
    const ready = async () => ended || (await fetch(url + (options.ready ?? '/readyz'))).ok;
    await waitFor(ready, { timeoutMs, what: `${options.app} to be ready` }).catch((cause) => {
      started.kill('SIGKILL');
      throw new Error(`${options.app} did not become ready:\n${said.slice(-4000)}`, { cause });
    });
    if (ended) throw new Error(`${options.app} ended while starting:\n${said.slice(-4000)}`);
  };

  const end = async (signal: NodeJS.Signals, graceMs: number): Promise<number | null> => {
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), graceMs);
    return exit.finally(() => clearTimeout(late));
  };

  await start();
  return {
    url,
    port,
    get pid() {
      return child.pid!;
    },
    output: () => said,
    kill9: async () => void (await end('SIGKILL', 1000)),
    stop: () => end('SIGTERM', 15_000),
    exited: () => exit,
    restart: async (over = {}) => {
      await end('SIGKILL', 1000);
      env = { ...env, ...over };
      await start();
    },
  };
}
