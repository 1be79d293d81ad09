/** Numbers out of samples, and the table at the end. */
import { cpus, totalmem } from 'node:os';

/** The value below which `share` of the samples lie. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (samples) => percentile(samples, 0.5);

/** Calls `work(i)` from `concurrency` callers at once for `seconds`; resolves with how many were done a second. */
export async function rateOf(work, { concurrency, seconds }) {
  const end = performance.now() + seconds * 1000;
  const began = performance.now();
  let done = 0;
  const caller = async () => {
    while (performance.now() < end) {
      await work();
      done++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return (done / (performance.now() - began)) * 1000;
}

/** A row of the table: what was measured, against what, the ratio, the goal. `atLeast` false: the less the better. */
export const row = (what, ours, peer, goal, atLeast) => {
  const ratio = ours / peer;
  return {
    what,
    ours,
    peer,
    ratio,
    goal: `${atLeast ? '≥' : '≤'} ${goal}`,
    met: atLeast ? ratio >= goal : ratio <= goal,
  };
};

const short = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

export function printTable(rows, say) {
  say(
    `\n${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
  );
  say('| figure | ours | limit of the same run | ratio | goal | |');
  say('| --- | ---: | ---: | ---: | ---: | --- |');
  for (const { what, ours, peer, ratio, goal, met } of rows)
    say(
      `| ${what} | ${short(ours)} | ${short(peer)} | ${short(ratio)} | ${goal} | ${met ? 'met' : 'missed'} |`,
    );
}
