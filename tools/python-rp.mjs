/**
 * `npm run python-rp`: a relying party on Authlib (PyPI), which knows nothing of ours, signs people in and asks for second
 * factors by HTTP. Brings a system up and takes it down, or uses the one of `-- --run <run.json>`; exits 0 or 1.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './build.mjs';
import { startSystem } from './chaos-system.mjs';
import { demandNode, ensureInstalled } from './checkout.mjs';
import { pythonEnvironment } from './python-environment.mjs';

const HELP = `npm run python-rp -- [--run <run.json>]
  --run  the run file of a running system; without it one is started and ended
Needs Python 3.10 and PyPI; without them it is skipped, or fails where REQUIRE_PYTHON_RP=1.
`;
const say = (text) => process.stderr.write(`[python-rp] ${text}\n`);
const HOME = fileURLToPath(new URL('python-rp/', import.meta.url));

/** Runs the suite against the system of `runFile`; answers its exit code. */
async function runSuite(bin, runFile) {
  const child = spawn(join(bin, 'python'), [join(HOME, 'suite.py')], {
    env: { ...process.env, RUN_FILE: runFile, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}

async function withSystem(use) {
  await ensureInstalled(say);
  await ensureBuilt(say);
  const system = await startSystem(say, { kafka: false });
  try {
    return await use(join(system.data, 'run.json'));
  } finally {
    await system.end();
  }
}

try {
  demandNode();
  const [option, given, ...more] = process.argv.slice(2);
  const isHelp = option === '--help';
  if (!isHelp && (more.length > 0 || (option !== undefined && !(option === '--run' && given))))
    throw new Error(`unknown or incomplete option ${option}\n${HELP}`);
  const place = {
    ...{ name: 'python-rp', requirements: join(HOME, 'requirements.txt') },
    variable: 'COUNTERSIGN_PYTHON_RP_ENV',
    ...{ required: 'REQUIRE_PYTHON_RP', without: 'no relying party of another make was tried' },
  };
  const bin = isHelp ? undefined : await pythonEnvironment({ ...place, say });
  if (isHelp) process.stdout.write(HELP);
  else if (bin) {
    const suite = (runFile) => runSuite(bin, runFile);
    process.exitCode = given ? await suite(given) : await withSystem(suite);
  }
} catch (error) {
  say(error.stack ?? error.message);
  process.exitCode = 1;
}
