/** Most reasons that are told; events take fifty. */
const MOST = 40;
const LONGEST = 300;

/** Reasons as they are kept and told: each once, none too long, and not more than anybody reads. */
export function tellable(because: string[]): string[] {
  const reasons = [...new Set(because.map((reason) => reason.slice(0, LONGEST)))];
  return reasons.length <= MOST ? reasons : [...reasons.slice(0, MOST), `and-more:${reasons.length - MOST}`];
}
