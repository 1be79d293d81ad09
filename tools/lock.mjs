/** One start per data directory. Only node: modules. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { writeOnce } from './private-files.mjs';
import { identityOf, isRunning } from './processes.mjs';

/**
 * Takes the lock, or throws who has it. A lock whose holder is gone counts for nothing. Answers whether the last
 * holder left without giving it back: it crashed.
 */
export function takeLock(file, { port }) {
  const mine = JSON.stringify({ pid: process.pid, identity: identityOf(process.pid), port });
  let crashed = false;
  while (!writeOnce(file, () => mine)) {
    const holder = read(file);
    if (holder && isRunning(holder))
      throw new Error(
        `Countersign already runs on this data (pid ${holder.pid}, http://localhost:${holder.port}).\n` +
          `End it with Ctrl-C there or \`kill ${holder.pid}\`, or set COUNTERSIGN_DATA and COUNTERSIGN_PORT for a second one.`,
      );
    crashed = true;
    rmSync(file, { force: true });
  }
  return { crashed, release: () => rmSync(file, { force: true }) };
}

function read(file) {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  } catch {
    return undefined;
  }
}
