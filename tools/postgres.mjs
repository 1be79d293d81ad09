/** The embedded PostgreSQL: made, started, recovered after a crash, ended by pid. Loopback only. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { postgresHome } from './postgres-home.mjs';
import { endProcess, identityOf } from './processes.mjs';

const MAJOR = '18';

/**
 * Starts a cluster and resolves once it answers: { url, pid, port, stop() }. `directory` holds it (its parent exists),
 * `password` is the superuser's, `supervisor` runs it, `log` is a file. `durable: false` trades safety for speed:
 * for tests, whose data nobody misses.
 */
export async function startPostgres({ directory: wanted, port, password, supervisor, log, durable = true }) {
  const home = await postgresHome(wanted);
  await endLeftOver(home.directory);
  if (!existsSync(join(home.directory, 'PG_VERSION'))) makeCluster(home, password);
  const version = readFileSync(join(home.directory, 'PG_VERSION'), 'utf8').trim();
  if (version !== MAJOR)
    throw new Error(
      `${home.directory} was made by PostgreSQL ${version}, this is ${MAJOR}: start with --reset`,
    );

  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = supervisor.start('postgres', home.postgres, {
    args: ['-D', home.directory, '-p', String(port), ...flags],
    env: { ...process.env, LC_MESSAGES: 'C', LC_ALL: 'C' },
    cwd: '/',
    ...home.user,
    log,
    tier: 9, // after everything that writes to it
    stopSignal: 'SIGINT', // fast: cut connections, checkpoint, end
    lastSignal: 'SIGQUIT', // immediate: recovers at the next start
    graceMs: 4000,
  });
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  await answering(url, server, log);
  return { ...server, url, port };
}

/** Ends a server that a crash left on this directory, and clears a pid file whose number has gone to somebody else. */
async function endLeftOver(directory) {
  const file = join(directory, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (commandOf(pid).includes(directory))
    await endProcess({ pid, identity: identityOf(pid) }, { stopSignal: 'SIGINT', lastSignal: 'SIGQUIT' });
  rmSync(file, { force: true });
}

function commandOf(pid) {
  if (process.platform !== 'linux')
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** initdb beside the final place, then a rename: an interrupted one never looks like a cluster. */
function makeCluster({ initdb, directory, user }, password) {
  const draft = `${directory}.new`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const passwordFile = join(tmpdir(), `countersign-${randomBytes(8).toString('hex')}`);
  writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' });
  try {
    if (user) for (const path of [draft, passwordFile]) chownSync(path, user.uid, user.gid);
    const args = [
      '-D',
      draft,
      '-U',
      'postgres',
      `--pwfile=${passwordFile}`,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
    ];
    args.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions');
    const env = { ...process.env, LC_ALL: 'C' };
    const made = spawnSync(initdb, args, { ...user, env, cwd: dirname(draft), encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr.trim()}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(draft, directory);
}

async function answering(url, server, log) {
  const { default: pg } = await import('pg');
  let ended;
  server.exited.then((how) => (ended = how));
  const end = performance.now() + 60_000; // recovery after a crash may take its time
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.query('SELECT 1');
    } catch (error) {
      const lastLines = () => readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n');
      if (ended) throw new Error(`Postgres ended while starting:\n${lastLines()}`, { cause: error });
      if (error.code === '28P01')
        throw new Error('the database does not know the password kept beside it: start with --reset', {
          cause: error,
        });
      if (performance.now() > end)
        throw new Error(`Postgres does not answer:\n${lastLines()}`, { cause: error });
    } finally {
      client.end().catch(() => {});
    }
    await pause(40);
  }
}

/** Removes the cluster that belongs to `wanted`, wherever it lies. It must have ended. */
export async function removePostgres(wanted) {
  const { directory } = await postgresHome(wanted);
  const standIn = directory !== wanted;
  for (const path of standIn ? [dirname(directory)] : [directory, `${directory}.new`])
    rmSync(path, { recursive: true, force: true });
}
