/** How a passcode is asked for. */
export interface Shape {
  /** Grids in a challenge; one secret image in each. */
  rounds: number;
  /** Images in a grid. */
  gridSize: GridSize;
}

export const GRID_SIZES = [9, 16, 25] as const;
export type GridSize = (typeof GRID_SIZES)[number];

/** As much as a PIN of six digits (19.93 bits), which is what people take for enough. */
export const DEFAULT_SHAPE: Shape = { rounds: 5, gridSize: 16 };

/** Below this, a hundred guesses (then it is locked) would find more than one passcode in 655. */
export const BITS_MIN = 16;

/** Entropy of a sequence that was picked at random, in bits. What people pick has less. */
export const bitsOf = ({ rounds, gridSize }: Shape): number => rounds * Math.log2(gridSize);

export const sameShape = (a: Shape, b: Shape): boolean => a.rounds === b.rounds && a.gridSize === b.gridSize;

/** A number from 0 to `below` - 1, each as likely; of chance, or of a key where it must be the same again. */
export type Draw = (below: number) => number;

/** The first `count` items of a shuffle (Fisher and Yates, Durstenfeld's way): every order is as likely. */
export function shuffled<T>(items: readonly T[], draw: Draw, count = items.length): T[] {
  const all = [...items];
  for (let at = 0; at < count; at++) {
    const from = at + draw(all.length - at);
    [all[at], all[from]] = [all[from] as T, all[at] as T];
  }
  return all.slice(0, count);
}

/**
 * The grids of one name. No image stands in two of them, and they are dealt before anybody chooses: which one of a grid is
 * the secret has no part in it, so no number of grids tells.
 */
export function dealt(pool: readonly string[], { rounds, gridSize }: Shape, draw: Draw): string[][] {
  const images = shuffled(pool, draw, rounds * gridSize);
  return Array.from({ length: rounds }, (_, round) => images.slice(round * gridSize, (round + 1) * gridSize));
}

/** Name of a round's field. */
export const fieldOf = (round: number): string => `round-${round + 1}`;

/** What was picked: one image of each grid, in order. Undefined where that is not what was sent: no guess at all. */
export function picksOf(
  form: Readonly<Record<string, string>>,
  grids: readonly (readonly string[])[],
): string[] | undefined {
  const picks = grids.map((grid, round) => grid.find((ref) => ref === form[fieldOf(round)]));
  return picks.every((ref) => ref !== undefined) ? picks : undefined;
}
