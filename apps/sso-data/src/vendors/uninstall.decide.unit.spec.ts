import { type Holdings, isNothing, isStillConfirmed, lossParts } from './uninstall.decide.ts';

const none: Holdings = { elements: [], plan: [], values: 0, users: 0, versions: '0' };
const some: Holdings = {
  elements: ['a'],
  plan: ['a', 'b'],
  values: 3,
  users: 2,
  versions: '5',
  latest: '2026-03-01T12:00:00.000001Z',
  installedAt: '2026-03-01T11:00:00.000Z',
  uiTextPrefix: 'Acme',
};

describe('uninstalling', () => {
  it('nothing is lost only where there is neither plan nor value', () => {
    expect(isNothing(none)).toBe(true);
    expect(isNothing({ ...none, values: 1 })).toBe(false);
    expect(isNothing({ ...none, installedAt: 'then' })).toBe(false);
    expect(isNothing({ ...none, plan: ['a'] })).toBe(false);
  });

  it('every change to what is there gives other parts to confirm', () => {
    const changes: Partial<Holdings>[] = [
      ...[{ elements: [] }, { plan: ['a'] }, { values: 4 }, { users: 3 }, { versions: '6' }],
      ...[{ latest: '2026-03-01T12:00:00.000002Z' }, { installedAt: 'later' }, { uiTextPrefix: 'Acme2' }],
      { elements: ['a', 'b'] },
    ];
    const all = [some, none, ...changes.map((change) => ({ ...some, ...change }))];
    expect(new Set(all.map((holdings) => JSON.stringify(lossParts(holdings)))).size).toBe(all.length);
  });

  it('the plan goes once the confirmed values are gone', () => {
    const gone = { ...some, values: 0, users: 0, versions: '0' };
    expect(isStillConfirmed(some, gone)).toBe(true);
    expect(isStillConfirmed(some, { ...gone, elements: [] })).toBe(true);
  });

  it.each([
    ['a value came meanwhile', { values: 1 }],
    ['the plan was applied anew', { installedAt: 'later' }],
    ['it would take another element along', { elements: ['a', 'b'] }],
  ])('it does not where %s', (_, change) => {
    expect(isStillConfirmed(some, { ...some, values: 0, ...change })).toBe(false);
  });
});
