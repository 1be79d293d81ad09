/** This checkout: where it is, what is installed, under which Node it runs. Only node: modules. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');

/** Throws a sentence unless the Node that runs this is new enough to install the rest. */
export function demandNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Node 20.19 or later is needed, this is ${process.version}`);
}

/** The environment of our own programs: node_modules/.bin first, where Node 24 is. */
export const programEnvironment = (more = {}) => ({
  ...process.env,
  PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
  ...more,
});

/** Node 24: the one installed with the checkout, or this one if it is as new. */
export function projectNode() {
  const installed = join(BIN, 'node');
  const { stdout } = spawnSync(installed, ['-v'], { encoding: 'utf8' });
  if (Number(/^v(\d+)/.exec(stdout ?? '')?.[1]) >= 24) return installed;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(
    'Node 24 is not installed: npm did not run the install script of the package "node" (try `npm rebuild node`)',
  );
}

/** Whether node_modules holds exactly what the lockfile says, whoever installed it. */
function isInstalled() {
  const [wanted, found] = ['package-lock.json', 'node_modules/.package-lock.json'].map(packagesOf);
  return (
    found !== undefined &&
    Object.entries(wanted).every(
      ([path, { version, resolved, optional, link }]) =>
        !path.startsWith('node_modules/') ||
        (link ? found[path]?.resolved === resolved : found[path]?.version === version || optional),
    )
  );
}

function packagesOf(file) {
  const path = join(ROOT, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** Installs by the lockfile where that is not done yet. `say` hears of it. */
export async function ensureInstalled(say) {
  if (isInstalled()) return;
  say('installing dependencies (npm ci, about a minute the first time)');
  const args = ['ci', '--no-audit', '--no-fund', '--include=dev', '--include=optional'];
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  await runQuietly(command, [...first, ...args], { say, what: 'installing' });
}

/** Runs a command whose output matters only when it fails; says every 10 s that it is still at it. */
export async function runQuietly(command, args, { say, what, env = process.env }) {
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  const ticking = setInterval(() => say(`… still ${what} (${seconds()} s)`), 10_000);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearInterval(ticking));
  if (code !== 0) throw new Error(`${what} failed:\n${said.trim()}`);
  return { said, seconds: seconds() };
}
