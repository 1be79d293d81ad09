import fc from 'fast-check';
import { GuardedCache } from './guarded-cache.ts';

/** A load that ends when the test says so. */
function held<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let loads = 0;
  const load = () => {
    loads++;
    return promise;
  };
  return { load, resolve, reject, loads: () => loads };
}
const says = (value: string) => () => Promise.resolve(value);
const never = () => Promise.reject(new Error('asked though it is kept'));

function cacheAt(over: { max?: number; ttlMs?: number } = {}) {
  const state = { usable: true, now: 0 };
  const cache = new GuardedCache<string>({
    ...{ max: 100, ttlMs: 1000, ...over },
    usable: () => state.usable,
    now: () => state.now,
  });
  return { cache, state };
}

describe('keeping', () => {
  it('what was loaded is kept, by key, exactly', async () => {
    const { cache } = cacheAt();
    expect(await cache.get('a', says('A'))).toBe('A');
    expect(await cache.get('a', never)).toBe('A');
    expect(await cache.get('A', says('other'))).toBe('other');
    expect(await cache.get('', says('empty key'))).toBe('empty key');
    expect(await cache.get('', never)).toBe('empty key');
  });

  it('an empty value is kept; nothing and a failure are not', async () => {
    const { cache } = cacheAt();
    await cache.get('empty', says(''));
    expect(await cache.get('empty', never)).toBe('');
    expect(await cache.get('a', () => Promise.resolve(undefined))).toBeUndefined();
    await expect(cache.get('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.get('a', says('A'))).toBe('A');
  });

  it('seed gap (TTL): an entry ages from before it was loaded', async () => {
    const { cache, state } = cacheAt({ ttlMs: 1000 });
    const slow = held<string>();
    const asked = cache.get('a', slow.load);
    state.now = 600;
    slow.resolve('old');
    await asked;
    state.now = 999;
    expect(await cache.get('a', never)).toBe('old');
    state.now = 1001;
    expect(await cache.get('a', says('new'))).toBe('new');
  });

  it('what took longer to load than it may be kept is not kept', async () => {
    const { cache, state } = cacheAt({ ttlMs: 1000 });
    const slow = held<string>();
    const asked = cache.get('a', slow.load);
    state.now = 1000;
    slow.resolve('old');
    expect(await asked).toBe('old');
    expect(await cache.get('a', says('new'))).toBe('new');
  });

  it('keeps no more than `max`', async () => {
    const { cache } = cacheAt({ max: 2 });
    for (const key of ['a', 'b', 'c']) await cache.get(key, says(key));
    expect(await cache.get('a', says('again'))).toBe('again');
    expect(await cache.get('c', never)).toBe('c');
  });
});

describe('one load at a time', () => {
  it('equal questions at once are one load, also when it fails', async () => {
    const { cache } = cacheAt();
    const slow = held<string>();
    const asked = Array.from({ length: 50 }, () => cache.get('a', slow.load));
    slow.resolve('A');
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['A']));
    expect(slow.loads()).toBe(1);
    const failing = held<string>();
    const both = [cache.get('b', failing.load), cache.get('b', failing.load)];
    failing.reject(new Error('away'));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(failing.loads()).toBe(1);
  });
});

const drops: [string, (cache: GuardedCache<string>) => void][] = [
  ['drop', (cache) => cache.drop('a')],
  ['dropWhere', (cache) => cache.dropWhere((key) => key === 'a')],
  ['dropWhere of another entry', (cache) => cache.dropWhere(() => false)],
  ['dropAll', (cache) => cache.dropAll()],
];

describe.each(drops)('issue 5, no stale write-back: a load crossed by %s', (name, dropIt) => {
  it('is answered to who asked before, not kept, and not joined by who asks after', async () => {
    const { cache } = cacheAt();
    const before = held<string>();
    const asked = cache.get('a', before.load);
    dropIt(cache);
    const after = held<string>();
    const askedAfter = cache.get('a', after.load);
    expect(after.loads()).toBe(1);
    // the later load ends first: the earlier one must not overwrite it
    after.resolve('new');
    expect(await askedAfter).toBe('new');
    before.resolve('old');
    expect(await asked).toBe('old');
    expect(await cache.get('a', never)).toBe('new');
  });

  it('does not end the load that came after it', async () => {
    const { cache } = cacheAt();
    const before = held<string>();
    const asked = cache.get('a', before.load);
    dropIt(cache);
    const after = held<string>();
    const one = cache.get('a', after.load);
    before.resolve('old');
    await asked;
    const two = cache.get('a', after.load);
    after.resolve('new');
    expect(await Promise.all([one, two])).toEqual(['new', 'new']);
    expect(after.loads()).toBe(1);
  });

  it('that fails leaves nothing behind', async () => {
    const { cache } = cacheAt();
    const before = held<string>();
    const asked = cache.get('a', before.load);
    dropIt(cache);
    before.reject(new Error('away'));
    await expect(asked).rejects.toThrow('away');
    expect(await cache.get('a', says('new'))).toBe('new');
    expect(await cache.get('a', never)).toBe('new');
  });

  it(`${name}: what was kept is ${name.includes('another') ? 'kept' : 'gone'}`, async () => {
    const { cache } = cacheAt();
    await cache.get('a', says('old'));
    dropIt(cache);
    expect(await cache.get('a', says('new'))).toBe(name.includes('another') ? 'old' : 'new');
  });
});

it('dropping one key disturbs neither entries nor loads of others', async () => {
  const { cache } = cacheAt();
  await cache.get('b', says('B'));
  const slow = held<string>();
  const asked = cache.get('c', slow.load);
  cache.drop('a');
  slow.resolve('C');
  await asked;
  expect(await cache.get('b', never)).toBe('B');
  expect(await cache.get('c', never)).toBe('C');
});

it('dropWhere goes by value too', async () => {
  const { cache } = cacheAt();
  for (const key of ['a', 'b']) await cache.get(key, says(`of ${key}`));
  cache.dropWhere((_key, value) => value === 'of a');
  expect(await cache.get('a', says('new'))).toBe('new');
  expect(await cache.get('b', never)).toBe('of b');
});

describe('while drops do not reach it', () => {
  it('everybody loads, nothing is joined and nothing kept', async () => {
    const { cache, state } = cacheAt();
    await cache.get('a', says('kept'));
    state.usable = false;
    const slow = held<string>();
    const asked = [cache.get('a', slow.load), cache.get('a', slow.load)];
    slow.resolve('new');
    expect(await Promise.all(asked)).toEqual(['new', 'new']);
    expect(slow.loads()).toBe(2);
    cache.dropAll();
    state.usable = true;
    expect(await cache.get('a', says('newer'))).toBe('newer');
  });

  it('a load that was begun before and ends meanwhile is not kept', async () => {
    const { cache, state } = cacheAt();
    const slow = held<string>();
    const asked = cache.get('a', slow.load);
    state.usable = false;
    slow.resolve('old');
    await asked;
    state.usable = true;
    expect(await cache.get('a', says('new'))).toBe('new');
  });
});

type Step =
  | { do: 'ask' | 'change' | 'change and drop by test'; key: string }
  | { do: 'read' | 'answer'; which: number }
  | { do: 'unplug' | 'plug' };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom(
        'ask' as const,
        'ask' as const,
        'change' as const,
        'change and drop by test' as const,
      ),
      key: fc.constantFrom('a', 'b'),
    }),
    fc.record({ do: fc.constantFrom('read' as const, 'answer' as const), which: fc.nat(5) }),
    fc.record({ do: fc.constantFrom('unplug' as const, 'plug' as const) }),
  ),
  { maxLength: 60 },
);

/** A load in three moments: begun, read from the table, answered. */
interface Load {
  key: string;
  value?: number;
  answer: (value: number) => void;
}

it('in any order of asking, reading, answering and changing: nobody is told what was changed before they asked', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script: Step[]) => {
      const table = new Map([
        ['a', 1],
        ['b', 1],
      ]);
      let usable = true;
      const cache = new GuardedCache<number>({ max: 10, ttlMs: 60_000, usable: () => usable });
      const loads: Load[] = [];
      const told: Promise<void>[] = [];
      const ask = (key: string) => {
        const atLeast = table.get(key)!;
        const load = () => new Promise<number>((answer) => void loads.push({ key, answer }));
        told.push(cache.get(key, load).then((value) => expect(value).toBeGreaterThanOrEqual(atLeast)));
      };
      const read = (load?: Load) => void (load && (load.value ??= table.get(load.key)!));
      const answer = async (load?: Load) => {
        if (!load) return;
        read(load);
        loads.splice(loads.indexOf(load), 1);
        load.answer(load.value!);
        for (let i = 0; i < 5; i++) await Promise.resolve();
      };
      for (const step of script) {
        if (step.do === 'ask') ask(step.key);
        else if (step.do === 'read') read(loads[step.which]);
        else if (step.do === 'answer') await answer(loads[step.which]);
        else if (step.do === 'unplug') usable = false;
        else if (step.do === 'plug') {
          cache.dropAll();
          usable = true;
        } else if ('key' in step) {
          table.set(step.key, table.get(step.key)! + 1);
          if (!usable) continue;
          if (step.do === 'change') cache.drop(step.key);
          else cache.dropWhere((key) => key === step.key);
        }
      }
      while (loads.length > 0) await answer(loads[0]);
      await Promise.all(told);
    }),
    { numRuns: 2000 },
  );
});
