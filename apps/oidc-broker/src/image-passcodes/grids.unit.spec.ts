import { createRequire } from 'node:module';
import { sha256 } from '@countersign/security';
import fc from 'fast-check';
import {
  bitsOf,
  dealt,
  DEFAULT_SHAPE,
  type Draw,
  GRID_SIZES,
  picksOf,
  type Shape,
  shuffled,
} from './grids.decide.ts';
import { imageOf } from './images.ts';
import { keyedDraws, keyedGap } from './keyed-draws.ts';
import { nameOf, POOL } from './pool.ts';

const KEY = new Uint8Array(32).fill(7);
const shapes: fc.Arbitrary<Shape> = fc.record({
  rounds: fc.integer({ min: 4, max: 8 }),
  gridSize: fc.constantFrom(...GRID_SIZES),
});
const names = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const draws = (name: string, more = ''): Draw => keyedDraws(KEY, name, more);
const gridsOf = (name: string, shape: Shape = DEFAULT_SHAPE, more = '') =>
  dealt(POOL, shape, draws(name, more));
/** Sum of squared deviations, over what was expected. With k - 1 degrees of freedom. */
const chiSquare = (counts: number[], expected: number): number =>
  counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
/** Above it lies one of a million (Wilson and Hilferty). */
const limitOf = (freedom: number): number =>
  freedom * (1 - 2 / (9 * freedom) + 4.75 * Math.sqrt(2 / (9 * freedom))) ** 3;
const tally = (values: number[], kinds: number): number[] => {
  const counts = Array<number>(kinds).fill(0);
  for (const value of values) counts[value]! += 1;
  return counts;
};

describe('grids of a name', () => {
  it('are the same each time, and of the asked size', () =>
    fc.assert(
      fc.property(names, shapes, (name, shape) => {
        const grids = gridsOf(name, shape);
        expect(grids).toEqual(gridsOf(name, shape));
        expect(grids.map((grid) => grid.length)).toEqual(Array(shape.rounds).fill(shape.gridSize));
      }),
    ));

  it('hold no image twice: neither in a grid nor in two', () =>
    fc.assert(
      fc.property(names, shapes, (name, shape) => {
        const all = gridsOf(name, shape).flat();
        expect(new Set(all).size).toBe(all.length);
      }),
    ));

  it('are another deal for another name, generation, shape, application or key', () => {
    const first = JSON.stringify(gridsOf('dana'));
    expect(JSON.stringify(gridsOf('dana', DEFAULT_SHAPE, '1'))).not.toBe(first);
    expect(JSON.stringify(gridsOf('eve'))).not.toBe(first);
    expect(JSON.stringify(dealt(POOL, DEFAULT_SHAPE, keyedDraws(new Uint8Array(32), 'dana', '')))).not.toBe(
      first,
    );
    // parts are told apart: a, bc is not ab, c
    expect(keyedDraws(KEY, 'a', 'bc')(2 ** 31)).not.toBe(keyedDraws(KEY, 'ab', 'c')(2 ** 31));
  });

  it('OTP-15: every image is as likely in every round (χ²)', () => {
    const deals = Array.from({ length: 4000 }, (_, at) => gridsOf(`user-${at}`));
    for (const round of [0, DEFAULT_SHAPE.rounds - 1]) {
      const seen = deals.flatMap((grids) => grids[round]!.map((ref) => POOL.indexOf(ref)));
      const counts = tally(seen, POOL.length);
      expect(chiSquare(counts, (4000 * DEFAULT_SHAPE.gridSize) / POOL.length)).toBeLessThan(
        limitOf(POOL.length - 1),
      );
    }
  });

  it('OTP-15: numbers below any bound are as likely (χ²), also of one that does not divide 2³²', () => {
    for (const below of [2, 3, 9, 16, 25, POOL.length]) {
      const draw = draws(`below-${below}`);
      const counts = tally(
        Array.from({ length: 20_000 }, () => draw(below)),
        below,
      );
      expect(chiSquare(counts, 20_000 / below)).toBeLessThan(limitOf(below - 1));
    }
  });
});

describe('what many challenges of one name tell', () => {
  const challenge = (name: string, uid: number) =>
    gridsOf(name).map((grid, round) => shuffled(grid, draws(`${uid}`, `${round}`)));

  it('intersection: every challenge holds the very same images, whatever is the secret', () => {
    const seen = Array.from({ length: 200 }, (_, uid) => challenge('dana', uid));
    for (let round = 0; round < DEFAULT_SHAPE.rounds; round++) {
      const sets = new Set(seen.map((grids) => [...grids[round]!].sort().join()));
      expect(sets.size).toBe(1);
    }
  });

  it('places: over challenges every image of a grid stands everywhere as often (χ²)', () => {
    const { gridSize } = DEFAULT_SHAPE;
    const seen = Array.from({ length: 4800 }, (_, uid) => challenge('dana', uid)[2]!);
    for (const ref of gridsOf('dana')[2]!) {
      const counts = tally(
        seen.map((grid) => grid.indexOf(ref)),
        gridSize,
      );
      expect(chiSquare(counts, 4800 / gridSize)).toBeLessThan(limitOf(gridSize - 1));
    }
  });

  it('generations: how many images two deals have in common is as chance has it, so their intersection tells nothing', () => {
    const { gridSize } = DEFAULT_SHAPE;
    const firstGrid = (name: string, generation: string) =>
      gridsOf(name, { rounds: 1, gridSize }, generation)[0]!;
    const common = Array.from({ length: 3000 }, (_, at) => {
      const before = new Set(firstGrid(`user-${at}`, '0'));
      return firstGrid(`user-${at}`, '1').filter((ref) => before.has(ref)).length;
    });
    const mean = common.reduce((sum, one) => sum + one, 0) / common.length;
    // hypergeometric: n²/N, with a standard error of about 0.016
    expect(Math.abs(mean - gridSize ** 2 / POOL.length)).toBeLessThan(0.08);
  });
});

describe('what was picked', () => {
  const grids = gridsOf('dana');
  const right = grids.map((grid) => grid[3]!);
  const form = (picks: (string | undefined)[]) =>
    Object.fromEntries(picks.flatMap((ref, at) => (ref === undefined ? [] : [[`round-${at + 1}`, ref]])));

  it('is one image of each grid, in order', () => expect(picksOf(form(right), grids)).toEqual(right));

  it.each([
    ['nothing', {}],
    ['a round left out', form([undefined, ...right.slice(1)])],
    ['an image of another round', form([right[1], ...right.slice(1)])],
    ['an image of no grid', form(['robot-', ...right.slice(1)])],
    ['another spelling', form([right[0]!.toUpperCase(), ...right.slice(1)])],
    ['a name of the prototype', form(['__proto__', ...right.slice(1)])],
  ])('OTP-21: %s is no sequence', (_, sent) => expect(picksOf(sent, grids)).toBeUndefined());
});

describe('the pool', () => {
  const { icons } = createRequire(import.meta.url)('@iconify-json/fluent-emoji-flat/icons.json') as {
    icons: Record<string, { body: string }>;
  };

  it('is frozen: users’ grids are derived from it', () => {
    expect(sha256(POOL.join(' '))).toBe('EXKT1Ojo8Y4LpoJQOp7notSlkrrVc8-7bh2RkjtR0KM');
    expect(new Set(POOL).size).toBe(POOL.length);
    expect(POOL.length).toBeGreaterThanOrEqual(8 * 25);
  });

  it('has an image of the package and a name of its own for each', async () => {
    for (const ref of POOL) expect(await imageOf(ref)).toMatch(/^<svg xmlns="[^"]+" width="32"/);
    expect(new Set(POOL.map(nameOf)).size).toBe(POOL.length);
    expect(await imageOf('woman-dark')).toBeUndefined();
    expect(await imageOf('constructor')).toBeUndefined();
  });

  it('holds drawings only: no script, style, link, reference to elsewhere or text', () => {
    const tags = new Set<string>();
    const attributes = new Set<string>();
    for (const ref of POOL) {
      const body = icons[ref]!.body;
      for (const [, tag] of body.matchAll(/<([a-zA-Z]+)/g)) tags.add(tag!);
      for (const [, name] of body.matchAll(/\s([a-zA-Z:-]+)=/g)) attributes.add(name!);
      expect(body).not.toMatch(/url\((?!#)|&|javascript:|data:/);
    }
    expect(
      [...tags].filter(
        (tag) => !/^(g|path|ellipse|circle|rect|defs|clipPath|linearGradient|stop)$/.test(tag),
      ),
    ).toEqual([]);
    expect([...attributes].filter((name) => /^on|href|style|src/i.test(name))).toEqual([]);
  });
});

describe('entropy', () => {
  it.each([
    [5, 16, 20],
    [4, 16, 16],
    [6, 9, 19.02],
    [8, 25, 37.15],
  ] as const)('%s rounds of %s images: %s bits', (rounds, gridSize, bits) =>
    expect(bitsOf({ rounds, gridSize })).toBeCloseTo(bits, 2),
  );
});

it('gaps have mean 1 and are never negative', () => {
  const gaps = Array.from({ length: 20_000 }, (_, at) => keyedGap(KEY, 'x', String(at)));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeCloseTo(1, 1);
});
