import { DEFAULT_SHAPE, sameShape, type Shape } from './grids.decide.ts';

/** What a name is shown: how many grids of what size, and which deal of them. */
export interface Shown extends Shape {
  generation: number;
}

/** A setting of the application, in force since its turnover was `since`. */
export interface SettingSince extends Shape {
  since: number;
}

/**
 * What an application's passcodes have gone through. `turnover`: how many times the average user's grids have changed
 * before everybody's eyes, by a new passcode or another setting.
 */
export interface History {
  turnover: number;
  /** In order. */
  settings: readonly SettingSince[];
}

/** The setting in force. */
export const settingNow = ({ settings }: History): Shape => settings.at(-1) ?? DEFAULT_SHAPE;

/**
 * What a name without a passcode is shown. It changes as users' grids do, at the same moments and as often on the average,
 * or a name whose grids change would be known to be somebody's: each gap (of a key and the name) is exponentially
 * distributed with mean 1, so the changes up to `turnover` are those of a Poisson process of that intensity.
 */
export function shownToNobody({ turnover, settings }: History, gap: (generation: number) => number): Shown {
  let changed = 0;
  let generation = 0;
  for (let next = gap(0); next <= turnover; next += gap(generation)) {
    changed = next;
    generation += 1;
  }
  const former = generation === 0 ? settings[0] : settings.findLast(({ since }) => since < changed);
  const { rounds, gridSize } = former ?? settings[0] ?? DEFAULT_SHAPE;
  return { rounds, gridSize, generation };
}

/**
 * What a new passcode is chosen from. Somebody's second one gets a new deal: who saw the first must not find what is left
 * of it. A first one keeps what the name was shown before, so that nobody sees that there is one now. `kept`: of a passcode that holds or held.
 */
export function shownNext(kept: Shown | undefined, nobody: Shown, setting: Shape): Shown {
  const { rounds, gridSize } = setting;
  if (!kept && sameShape(nobody, setting)) return nobody;
  return { rounds, gridSize, generation: (kept ?? nobody).generation + 1 };
}

export const sameShown = (a: Shown, b: Shown): boolean => sameShape(a, b) && a.generation === b.generation;

/** A user adds to the turnover once in this time: nobody can move everybody else's grids to see whose stay. */
export const TURNOVER_DAYS = 30;

/**
 * The settings after a change. One that nobody can have been shown is replaced. `used`: somebody has, or had, a passcode.
 */
export function settingsAfter({ turnover, settings }: History, used: boolean, next: Shape): SettingSince[] {
  const newest = settings.at(-1);
  if (!newest || !used) return [{ ...next, since: 0 }];
  if (sameShape(newest, next)) return [...settings];
  const isUnseen = settings.length > 1 && newest.since === turnover;
  return [...(isUnseen ? settings.slice(0, -1) : settings), { ...next, since: turnover }];
}
