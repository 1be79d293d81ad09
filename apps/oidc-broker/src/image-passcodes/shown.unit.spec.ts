import { keyedGap } from './keyed-draws.ts';
import { type GridSize, sameShape, type Shape } from './grids.decide.ts';
import { type History, settingNow, settingsAfter, shownNext, shownToNobody } from './shown.decide.ts';

const KEY = new Uint8Array(32).fill(3);
const shape = (rounds: number, gridSize: GridSize = 16): Shape => ({ rounds, gridSize });
const FIVE = shape(5);
const SIX = shape(6);
const nobody = (name: string, history: History) =>
  shownToNobody(history, (generation) => keyedGap(KEY, name, String(generation)));
const names = Array.from({ length: 3000 }, (_, at) => `name-${at}`);
const share = (history: History, wanted: Shape) =>
  names.filter((name) => sameShape(nobody(name, history), wanted)).length / names.length;

describe('what a name without a passcode is shown', () => {
  it('is the default, then the setting, until somebody’s grids have changed', () => {
    expect(nobody('x', { turnover: 0, settings: [] })).toEqual({ ...FIVE, generation: 0 });
    expect(nobody('x', { turnover: 0, settings: [{ ...SIX, since: 0 }] })).toEqual({ ...SIX, generation: 0 });
  });

  it('never goes back: with more turnover, the same or a later generation', () => {
    for (const name of names.slice(0, 200)) {
      let before = 0;
      for (let turnover = 0; turnover < 4; turnover += 0.25) {
        const { generation } = nobody(name, { turnover, settings: [{ ...FIVE, since: 0 }] });
        expect(generation).toBeGreaterThanOrEqual(before);
        before = generation;
      }
    }
  });

  it('a changed setting alone changes nobody’s grids', () => {
    const before: History = { turnover: 0.7, settings: [{ ...FIVE, since: 0 }] };
    const after: History = { ...before, settings: settingsAfter(before, true, SIX) };
    expect(settingNow(after)).toMatchObject(SIX);
    for (const name of names) expect(nobody(name, after)).toEqual(nobody(name, before));
  });

  it('known and unknown: of names shown the former setting there are as many without a passcode as with one', () => {
    // 100 users made theirs under the former setting, then 150 more under the new one
    let history: History = { turnover: 0, settings: [{ ...FIVE, since: 0 }] };
    history = { ...history, settings: settingsAfter(history, true, SIX) };
    let turnover = 0;
    for (let known = 101; known <= 250; known++) turnover += 1 / known;
    expect(share({ ...history, turnover }, FIVE)).toBeCloseTo(100 / 250, 1);
    expect(share({ ...history, turnover }, SIX)).toBeCloseTo(150 / 250, 1);
  });

  it('known and unknown: where every user has made a new one once, names have changed once on the average', () => {
    const generations = names.map(
      (name) => nobody(name, { turnover: 1, settings: [{ ...FIVE, since: 0 }] }).generation,
    );
    expect(generations.reduce((sum, one) => sum + one, 0) / names.length).toBeCloseTo(1, 1);
  });
});

describe('what a new passcode is chosen from', () => {
  const seen = { ...FIVE, generation: 2 };
  it('a first one keeps the grids that the name was shown before', () =>
    expect(shownNext(undefined, seen, FIVE)).toEqual(seen));
  it('a first one under another setting gets that, and a new deal', () =>
    expect(shownNext(undefined, seen, SIX)).toEqual({ ...SIX, generation: 3 }));
  it('a further one gets a new deal', () =>
    expect(shownNext({ ...FIVE, generation: 4 }, seen, FIVE)).toEqual({ ...FIVE, generation: 5 }));
});

describe('settings', () => {
  const used: History = { turnover: 0.5, settings: [{ ...FIVE, since: 0 }] };
  it('before anybody has a passcode the first is replaced', () =>
    expect(settingsAfter({ turnover: 0, settings: [{ ...FIVE, since: 0 }] }, false, SIX)).toEqual([
      { ...SIX, since: 0 },
    ]));
  it('the same again is no change', () => expect(settingsAfter(used, true, FIVE)).toEqual(used.settings));
  it('one that nobody was ever shown is replaced', () => {
    const once = settingsAfter(used, true, SIX);
    expect(settingsAfter({ ...used, settings: once }, true, shape(8, 25))).toEqual([
      { ...FIVE, since: 0 },
      { ...shape(8, 25), since: 0.5 },
    ]);
  });
});
