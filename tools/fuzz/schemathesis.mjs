/** schemathesis from PyPI, in a Python environment of its own, made once for each version. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, runQuietly } from '../checkout.mjs';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
const CANDIDATES = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`), 'python'];
const FITS = 'import sys, ensurepip, venv; print(sys.executable if sys.version_info >= (3, 10) else "")';

/** Where the environment lies: below COUNTERSIGN_FUZZ_ENV, or the checkout; another list of packages is another one. */
function home() {
  const stamp = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return resolve(process.env.COUNTERSIGN_FUZZ_ENV ?? join(ROOT, '.countersign', 'fuzz'), stamp);
}

/** A Python that is new enough and can make environments; undefined where there is none. */
function python() {
  for (const name of CANDIDATES) {
    const { stdout, status } = spawnSync(name, ['-c', FITS], { encoding: 'utf8' });
    if (status === 0 && stdout.trim() !== '') return stdout.trim();
  }
  return undefined;
}

/**
 * Answers { command }: the path of schemathesis, installed where that is not done yet; or { obstacle }: why there is
 * none, as a sentence.
 */
export async function schemathesis(say) {
  const directory = home();
  const command = join(directory, 'bin', 'schemathesis');
  const complete = join(directory, 'complete'); // an environment cannot be moved into place, so its end is marked
  if (existsSync(complete)) return { command };
  const found = python();
  if (!found) return { obstacle: 'Python 3.10 or later with venv is needed' };
  say('installing schemathesis from PyPI (once)');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true });
  try {
    await runQuietly(found, ['-m', 'venv', directory], { say, what: 'making a Python environment' });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const install = [...pip, '--prefer-binary', '--requirement', REQUIREMENTS];
    await runQuietly(join(directory, 'bin', 'python'), install, { say, what: 'installing schemathesis' });
  } catch (error) {
    return { obstacle: `schemathesis could not be installed. ${error.message}` };
  }
  writeFileSync(complete, '');
  return { command };
}
