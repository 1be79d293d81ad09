/** Recognising and ending processes by pid, without ever hitting one that merely got the same number. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * What tells a process from a later one with its pid: when it started, and on Linux the boot as well.
 * Undefined where there is no such process, or only its zombie.
 */
export function identityOf(pid) {
  if (process.platform !== 'linux') {
    const { stdout, status } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    });
    const [state, ...started] = (stdout ?? '').trim().split(/\s+/);
    return status === 0 && state && !state.startsWith('Z') ? started.join(' ') : undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the command in brackets may hold anything
    if (fields[0] === 'Z') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

/** Whether the process that had `identity` when it was noted still runs. */
export const isRunning = ({ pid, identity }) => identity !== undefined && identityOf(pid) === identity;

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * Asks a process to end with `stopSignal` and ends it with `lastSignal` after `graceMs`. Resolves once it is gone.
 * `noted` is { pid, identity }. `group`: it leads a process group, and whatever it leaves there ends with it.
 */
export async function endProcess(
  noted,
  { stopSignal = 'SIGTERM', lastSignal = 'SIGKILL', graceMs = 5000, group = false } = {},
) {
  if (!isRunning(noted)) return;
  const whom = group ? -noted.pid : noted.pid;
  signal(whom, stopSignal);
  if (!(await goneWithin(noted, graceMs))) {
    signal(whom, lastSignal);
    if (!(await goneWithin(noted, 2000))) signal(whom, 'SIGKILL');
    await goneWithin(noted, 2000);
  }
  if (group) signal(whom, 'SIGKILL');
}

async function goneWithin(noted, milliseconds) {
  const end = performance.now() + milliseconds;
  while (isRunning(noted)) {
    if (performance.now() > end) return false;
    await pause(25);
  }
  return true;
}
