/** Files that hold secrets: mode 600, and never half written. */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** Makes `directory` (and its parents) readable by its owner only. */
export function privateDirectory(directory) {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if ((statSync(directory).mode & 0o777) !== 0o700) chmodSync(directory, 0o700); // may lie on a read-only disk
  return directory;
}

function writeBeside(file, text) {
  const draft = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  return draft;
}

/** Writes `make()` unless the file exists; of several writers one wins. Answers whether it was this one. */
export function writeOnce(file, make) {
  const draft = writeBeside(file, make());
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Puts `text` in the place of `file` whole: a reader sees the old or the new, nothing between. */
export function replaceWhole(file, text) {
  renameSync(writeBeside(file, text), file);
}
