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
    goal: `${atLeast ? '≥' : '≤'} ${Number(goal.toFixed(2))}`,
    met: atLeast ? ratio >= goal : ratio <= goal,
  };
};

/**
 * The two-sided p of the Mann-Whitney U test, by its normal approximation: how often samples of the same distribution
 * differ at least so much.
 */
export function mannWhitney(some, others) {
  const all = [...some.map((value) => ({ value, mine: true })), ...others.map((value) => ({ value }))];
  all.sort((a, b) => a.value - b.value);
  const ranks = all.reduce((sum, { mine }, at) => sum + (mine ? at + 1 : 0), 0); // times are never equal
  const [n, m] = [some.length, others.length];
  const u = ranks - (n * (n + 1)) / 2;
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  return 2 * (1 - normal(z));
}

/** The standard normal distribution function (Abramowitz and Stegun 26.2.17, to 7.5e-8). */
function normal(z) {
  const t = 1 / (1 + 0.2316419 * z);
  const tail = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429].reduceRight(
    (sum, factor) => (sum + factor) * t,
    0,
  );
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}

const short = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));

export function printTable(rows, say) {
  say(
    `\n${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
  );
  say('| figure | ours | limit of the same run | ratio | goal | |');
  say('| --- | ---: | ---: | ---: | ---: | --- |');
  for (const { what, ours, peer, ratio, goal, met } of rows)
    say(
      peer === undefined
        ? `| ${what} | ${short(ours)} | | | | |`
        : `| ${what} | ${short(ours)} | ${short(peer)} | ${short(ratio)} | ${goal} | ${met ? 'met' : 'missed'} |`,
    );
}
