/** Python programs from PyPI, each list of packages in an environment of its own, made once for each version of it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ROOT, runQuietly } from './checkout.mjs';

const CANDIDATES = ['python3', ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`), 'python'];
const FITS = 'import sys, ensurepip, venv; print(sys.executable if sys.version_info >= (3, 10) else "")';

/** Where the environment lies: below `variable`, or the checkout; another list of packages is another one. */
function home(name, requirements, variable) {
  const stamp = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  return resolve(process.env[variable] ?? join(ROOT, '.countersign', name), stamp);
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
 * Answers the directory of an environment's programs, with the packages of `requirements` installed where that is not done
 * yet. `variable` may name another place for it. Where there is none, it says so and what is left undone for it (`without`),
 * and answers undefined; where the variable `required` is 1, it throws instead.
 */
export async function pythonEnvironment({ required, without, say, ...place }) {
  const { bin, obstacle } = await environment({ ...place, say });
  if (obstacle && process.env[required] === '1') throw new Error(`${required}=1, but: ${obstacle}`);
  if (obstacle) say(`SKIPPED: ${without}. ${obstacle}`);
  return bin;
}

/** { bin }, or { obstacle }: why there is none, as a sentence. */
async function environment({ name, requirements, variable, say }) {
  const directory = home(name, requirements, variable);
  const bin = join(directory, 'bin');
  const complete = join(directory, 'complete'); // an environment cannot be moved into place, so its end is marked
  if (existsSync(complete)) return { bin };
  const found = python();
  if (!found) return { obstacle: 'Python 3.10 or later with venv is needed' };
  const what = `installing what ${name} needs`;
  say(`${what} from PyPI (once)`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true });
  try {
    await runQuietly(found, ['-m', 'venv', directory], { say, what: 'making a Python environment' });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
    const install = [...pip, '--prefer-binary', '--requirement', requirements];
    await runQuietly(join(bin, 'python'), install, { say, what });
  } catch (error) {
    return { obstacle: `${name} could not be installed. ${error.message}` };
  }
  writeFileSync(complete, '');
  return { bin };
}
