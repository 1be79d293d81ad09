/** Faults at random: kill -9 of any process, restarts of the broker, processes frozen and woken again. */
import { setTimeout as pause } from 'node:timers/promises';
import { targetsOf } from './chaos-system.mjs';

/** Shortest pause between faults, in milliseconds. */
const CALM_MS = 2_000;
/** Faults of one process within a minute: the supervisor gives up on what dies more often than it can explain. */
const MOST_PER_MINUTE = { kafka: 1, postgres: 1 };
const OTHERWISE = 3;

/** The same sequence for the same seed (mulberry32): a run that found something can be run again. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Breaks things until `until` (a time of performance.now()). Answers what was done: a list of { at, target, fault }.
 * The first faults hit every target once, so that the shortest run leaves none out. `pauseSeconds` is how long a
 * frozen process stays so, `calmSeconds` the longest pause between two faults.
 */
export async function breakThings(system, { until, random, pauseSeconds, calmSeconds, say }) {
  const began = performance.now();
  const done = [];
  const pick = (list) => list[Math.floor(random() * list.length)];
  const lately = (target) => {
    const minute = performance.now() - 60_000;
    return done.filter((one) => one.target === target && one.when > minute).length;
  };
  const frozen = new Map();
  const shuffled = Object.keys(targetsOf(system.run())).sort(() => random() - 0.5);
  while (performance.now() < until) {
    const targets = targetsOf(system.run());
    const open = Object.keys(targets).filter(
      (name) => !frozen.has(name) && lately(name) < (MOST_PER_MINUTE[name] ?? OTHERWISE),
    );
    const target = shuffled.shift() ?? pick(open);
    if (target) {
      const fault = faultFor(target, { random, pauseSeconds, left: until - performance.now() });
      const when = performance.now();
      done.push({ when, at: ((when - began) / 1000).toFixed(1), target, fault: fault.name });
      say(`${fault.name} ${target} (pid ${targets[target]})`);
      // what is frozen is left alone; the others go on breaking meanwhile
      if (fault.freezes)
        frozen.set(
          target,
          fault.run(targets[target]).finally(() => frozen.delete(target)),
        );
      else fault.run(targets[target]);
    }
    await pause(CALM_MS + random() * Math.max(0, calmSeconds * 1000 - CALM_MS));
  }
  await Promise.all(frozen.values());
  return done;
}

function faultFor(target, { random, pauseSeconds, left }) {
  const kill = (signal) => (pid) => send(pid, signal);
  const freezable = target !== 'kafka' && target !== 'postgres';
  if (freezable && random() < 0.2 && pauseSeconds * 1000 < left)
    return {
      name: `SIGSTOP ${pauseSeconds} s`,
      freezes: true,
      run: async (pid) => {
        send(pid, 'SIGSTOP');
        await pause(pauseSeconds * 1000);
        send(pid, 'SIGCONT');
      },
    };
  if (target === 'kafka' && random() < 0.5) return { name: 'restart', run: kill('SIGTERM') };
  return { name: 'kill -9', run: kill('SIGKILL') };
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // it is being started again at this moment
  }
}
