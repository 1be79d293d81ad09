/**
 * Writes docs/generated/ from the schemas the code runs on: `npm run docs`. With `--check` it writes nothing and fails
 * on a difference, so a change of a contract cannot arrive without its documents.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { asyncapi } from './docs/asyncapi.mjs';
import { env } from './docs/env.mjs';
import { errors } from './docs/errors.mjs';
import { events } from './docs/events.mjs';

const directory = new URL('../docs/generated/', import.meta.url);
const documents = {
  'errors.md': errors(),
  'events.md': events(),
  'env.md': env(),
  'asyncapi.yaml': asyncapi(),
};

function current(name) {
  try {
    return readFileSync(new URL(name, directory), 'utf8');
  } catch {
    return undefined;
  }
}

const stale = Object.keys(documents).filter((name) => current(name) !== documents[name]);
if (process.argv.includes('--check')) {
  for (const name of stale)
    console.error(`docs/generated/${name} is not what the code says: run npm run docs`);
  if (stale.length > 0) process.exit(1);
} else {
  mkdirSync(directory, { recursive: true });
  for (const name of stale) writeFileSync(new URL(name, directory), documents[name]);
}
console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'docs/generated is up to date');
