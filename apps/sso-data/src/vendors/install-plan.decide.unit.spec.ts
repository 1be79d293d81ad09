import { type Installed, planDifference } from './install-plan.decide.ts';

const nothing: Installed = { installed: false, named: new Set(), defined: new Map() };
const installed = (named: string[], defined: Record<string, string>, uiTextPrefix?: string): Installed => ({
  installed: true,
  uiTextPrefix,
  named: new Set(named),
  defined: new Map(Object.entries(defined)),
});
const plan = (elements: Record<string, string>, uiTextPrefix?: string) => ({
  elements: Object.entries(elements).map(([name, description]) => ({ name, description })),
  uiTextPrefix,
});

describe('planDifference', () => {
  it('a first plan adds and makes what is not there', () => {
    expect(planDifference(plan({ b: 'B', a: 'A' }, 'Acme'), nothing)).toEqual({
      changed: true,
      elements: { added: ['a', 'b'], changed: [], unchanged: [], released: [] },
      uiTextPrefix: { to: 'Acme' },
      define: [
        { name: 'a', description: 'A' },
        { name: 'b', description: 'B' },
      ],
      name: [
        { name: 'a', made: true },
        { name: 'b', made: true },
      ],
    });
  });

  it('the same plan again changes nothing, in any order and with repetitions', () => {
    const before = installed(['a', 'b'], { a: 'A', b: 'B' }, 'Acme');
    const again = plan({ b: 'B', a: 'A' }, 'Acme');
    const twice = { ...again, elements: [...again.elements, ...again.elements] };
    for (const same of [again, twice])
      expect(planDifference(same, before)).toEqual({
        changed: false,
        elements: { added: [], changed: [], unchanged: ['a', 'b'], released: [] },
        uiTextPrefix: { from: 'Acme', to: 'Acme' },
        define: [],
        name: [],
      });
  });

  it('an empty first plan is a change: the vendor is installed', () => {
    expect(planDifference(plan({}), nothing)).toMatchObject({ changed: true, uiTextPrefix: {} });
    expect(planDifference(plan({}), installed([], {})).changed).toBe(false);
  });

  it('an element that somebody else defined is named, not made', () => {
    const before = { ...nothing, defined: new Map([['a', 'A']]) };
    expect(planDifference(plan({ a: 'A' }), before)).toMatchObject({
      elements: { added: ['a'], changed: [] },
      define: [],
      name: [{ name: 'a', made: false }],
    });
  });

  it('whatever gets another description counts as changed, also where it is new to the plan', () => {
    const own = planDifference(plan({ a: 'new' }), installed(['a'], { a: 'old' }));
    expect(own).toMatchObject({ changed: true, elements: { added: [], changed: ['a'] }, name: [] });
    const foreign = planDifference(plan({ a: 'new' }), installed([], { a: 'old' }));
    expect(foreign).toMatchObject({
      elements: { added: [], changed: ['a'] },
      define: [{ name: 'a', description: 'new' }],
      name: [{ name: 'a', made: false }],
    });
  });

  it('what the former plan named and this one does not is released', () => {
    expect(planDifference(plan({ a: 'A' }), installed(['a', 'c', 'b'], { a: 'A' }))).toMatchObject({
      changed: true,
      elements: { unchanged: ['a'], released: ['b', 'c'] },
    });
  });

  it('another prefix, or none any more, is a change', () => {
    const before = installed([], {}, 'Old');
    expect(planDifference(plan({}, 'New'), before)).toMatchObject({
      changed: true,
      uiTextPrefix: { from: 'Old', to: 'New' },
    });
    expect(planDifference(plan({}), before)).toMatchObject({ changed: true, uiTextPrefix: { from: 'Old' } });
  });

  it('names of members of every object are ordinary names', () => {
    const names = plan({ constructor: 'x', toString: 'y' });
    expect(planDifference(names, nothing).elements.added).toEqual(['constructor', 'toString']);
  });
});
