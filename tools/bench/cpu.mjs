/** CPU that processes have used, read from /proc (Linux). */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What follows the name in /proc/<pid>/stat; undefined for a process that is gone. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Milliseconds of CPU of a process so far, its ended children included. */
export function cpuOf(pid) {
  const fields = statOf(pid);
  const ticks = fields ? fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) : 0;
  return (ticks / TICKS_PER_SECOND) * 1000;
}

/** Milliseconds of CPU of a process and everything it has started: Postgres with all its backends. */
export function cpuOfTree(pid) {
  const children = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && statOf(name)?.[1] === String(pid),
  );
  return cpuOf(pid) + children.reduce((sum, child) => sum + cpuOf(child), 0);
}

/** Milliseconds of CPU that each of `cpus` (by name) uses a millisecond while nobody asks anything: 4 s from now. */
export async function idleOf(cpus) {
  await pause(1000); // what was asked last is still being told to others
  const before = Object.entries(cpus).map(([name, cpu]) => [name, cpu, cpu(), performance.now()]);
  await pause(4000);
  return Object.fromEntries(
    before.map(([name, cpu, then, began]) => [name, (cpu() - then) / (performance.now() - began)]),
  );
}
