/**
 * Starts processes, and answers for their end in every case. They end in the order of their `tier` (0 first: whoever
 * uses the others). Should this process be killed outright, the guardian ends them; should that die too, the next
 * start finds them in the register (`file`) and ends them before it begins.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { replaceWhole } from './private-files.mjs';
import { endProcess, identityOf, isRunning } from './processes.mjs';

const GUARDIAN = fileURLToPath(new URL('./guardian.mjs', import.meta.url));

/** Deaths within a minute after which a process is not started again. */
const TOO_MANY = 5;
const MINUTE = 60_000;

export class Supervisor {
  #file;
  #guardian;
  #running = new Map();
  #stopping = false;
  /** While true, what ends unasked is started again. */
  keepAlive = false;
  /** Called with (name, code, signal) when something ends that nobody asked to and that is not started again. */
  onLost = () => {};
  /** Called with (name, pid) when something that ended unasked runs again. */
  onRestarted = () => {};

  constructor(file) {
    this.#file = file;
  }

  /**
   * Starts `command`, output into the file `log`. Other options: args, env, cwd, uid, gid, tier (0), stopSignal
   * (SIGTERM), lastSignal (SIGKILL), graceMs (5000), group (its children end with it), stdio instead of `log`. In a
   * process group of its own, so that Ctrl-C reaches only us and the order of ending is ours. Answers { name, pid,
   * exited, stop() } of this first life.
   */
  start(name, command, { tier = 0, stopSignal, lastSignal, graceMs, group, ...options }) {
    const ending = { name, tier, stopSignal, lastSignal, graceMs, group };
    return this.#launch({ ...ending, command, options, deaths: [] });
  }

  #launch({ command, options, deaths, ...ending }) {
    const { args = [], log, ...spawning } = options;
    const output = log ? openSync(log, 'a', 0o600) : 'ignore';
    const stdio = ['ignore', output, output];
    const child = spawn(command, args, { stdio, ...spawning, detached: true });
    if (log) closeSync(output);
    const entry = { ...ending, pid: child.pid, identity: child.pid && identityOf(child.pid) };
    const exited = new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, error }));
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    if (child.pid) this.#note(entry);
    exited.then((how) => {
      if (!this.#running.delete(child.pid) || this.#stopping) return;
      this.#tell();
      if (!entry.wanted) this.#afterDeath({ command, options, deaths, ...ending }, how);
    });
    return { name: entry.name, pid: child.pid, exited, stop: () => this.#stop(entry, exited) };
  }

  /** Starts a life again, later each time; a crash point is armed for the first life only. */
  #afterDeath(life, { code, signal }) {
    const now = performance.now();
    const deaths = [...life.deaths.filter((at) => now - at < MINUTE), now];
    if (!this.keepAlive || deaths.length > TOO_MANY) return this.onLost(life.name, code, signal);
    const { CRASH_AT: _, ...env } = life.options.env ?? process.env;
    setTimeout(
      () => {
        if (this.#stopping) return;
        const { pid } = this.#launch({ ...life, deaths, options: { ...life.options, env } });
        this.onRestarted(life.name, pid);
      },
      100 * 2 ** deaths.length,
    );
  }

  #note(entry) {
    this.#running.set(entry.pid, entry);
    this.#tell();
  }

  /** The register and the guardian always know the same list. */
  #tell() {
    const list = JSON.stringify([...this.#running.values()]);
    if (this.#file) replaceWhole(this.#file, list);
    if (!this.#guardian) {
      this.#guardian = spawn(process.execPath, [GUARDIAN], {
        detached: true,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      this.#guardian.on('error', () => {});
      this.#guardian.stdin.on('error', () => {});
      this.#guardian.unref();
      this.#guardian.stdin.unref?.();
    }
    this.#guardian.stdin.write(`${list}\n`);
  }

  async #stop(entry, exited) {
    entry.wanted = true;
    await endProcess(entry, entry);
    await exited;
  }

  /** Ends everything, tier by tier, and forgets the register. */
  async stopAll() {
    this.#stopping = true;
    await endInOrder([...this.#running.values()]);
    this.#running.clear();
    if (this.#file) rmSync(this.#file, { force: true });
    this.#guardian?.stdin.end('[]\n');
  }
}

/** Ends what a register left behind. Answers the names of those that were still running. */
export async function endLeftOvers(file) {
  if (!existsSync(file)) return [];
  const left = readRegister(file).filter(isRunning);
  await endInOrder(left);
  rmSync(file, { force: true });
  return left.map((entry) => entry.name);
}

/** Ends processes, those of a lower tier before those of a higher one. */
export async function endInOrder(entries) {
  for (const tier of [...new Set(entries.map((entry) => entry.tier))].sort((a, b) => a - b))
    await Promise.all(
      entries.filter((entry) => entry.tier === tier).map((entry) => endProcess(entry, entry)),
    );
}

function readRegister(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return []; // written whole, so an unreadable one is not ours
  }
}
