/** Builds with Nx, and only when a source is newer than what was built. Only node: modules. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { programEnvironment, projectNode, ROOT, runQuietly } from './checkout.mjs';
import { replaceWhole } from './private-files.mjs';

const STAMP = join(ROOT, 'node_modules', '.cache', 'countersign-build');
const SHARED = ['.swcrc', 'package-lock.json', 'nx.json'];

/** Directories of all projects, from the root. */
const projects = () =>
  ['libs', 'apps'].flatMap((kind) =>
    readdirSync(join(ROOT, kind))
      .map((name) => join(kind, name))
      .filter((path) => existsSync(join(ROOT, path, 'package.json'))),
  );

/** Files of a project that are compiled, from the root. */
function sourcesOf(project) {
  const source = join(ROOT, project, 'src');
  if (!existsSync(source)) return [];
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

/** Every file that a build reads, by path, size and time of change: cheap, and any save shows. */
function fingerprint() {
  const hash = createHash('sha256');
  const manifests = projects().map((project) => join(project, 'package.json'));
  for (const path of [...SHARED, ...manifests, ...projects().flatMap(sourcesOf)]) {
    const { mtimeMs, size } = statSync(join(ROOT, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

const isBuilt = (now) =>
  existsSync(STAMP) &&
  readFileSync(STAMP, 'utf8') === now &&
  projects().every((project) => sourcesOf(project).length === 0 || existsSync(join(ROOT, project, 'dist')));

/** Builds every project where anything changed. Rejects with the compiler's words. */
export async function ensureBuilt(say) {
  const now = fingerprint();
  if (isBuilt(now)) return;
  say('building');
  const args = [
    realpathSync(join(ROOT, 'node_modules', '.bin', 'nx')),
    'run-many',
    '-t',
    'build',
    '--outputStyle=static',
  ];
  const env = programEnvironment({ NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' });
  const { seconds } = await runQuietly(projectNode(), args, { say, what: 'building', env });
  mkdirSync(dirname(STAMP), { recursive: true });
  replaceWhole(STAMP, now);
  say(`built in ${seconds} s`);
}
