import { DatabaseUnavailable } from '@countersign/persistence';
import { Batches } from './batches.ts';

/** Statements that end when the test says so. */
function statements(fails: (items: string[]) => Error | undefined = () => undefined) {
  const ran: string[][] = [];
  const ends: (() => void)[] = [];
  const run = async (items: string[]) => {
    ran.push(items);
    await new Promise<void>((resolve) => ends.push(resolve));
    const error = fails(items);
    if (error) throw error;
    return items.map((item) => item.toUpperCase());
  };
  /** Ends statements until none is under way. */
  const endAll = async () => {
    for (let quiet = 0; quiet < 3;) {
      const end = ends.shift();
      end?.();
      quiet = end ? 0 : quiet + 1;
      await new Promise(setImmediate);
    }
  };
  return { ran, run, endAll };
}

describe('what is asked for at the same time shares a statement', () => {
  it('a single item goes at once; items gather only while others are under way', async () => {
    const { ran, run, endAll } = statements();
    const batches = new Batches<string, string>((item) => item, run);
    const answers = ['a', 'b', 'c', 'd', 'e'].map((item) => batches.add(item));
    expect(ran).toEqual([['a']]);
    await endAll();
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(ran).toEqual([['a'], ['b', 'c', 'd', 'e']]);
  });

  it('invariant 2: two of one key never do', async () => {
    const { ran, run, endAll } = statements();
    const batches = new Batches<string, string>((item) => item[0]!, run);
    const answers = ['x1', 'a1', 'a2', 'b1', 'a3'].map((item) => batches.add(item));
    await endAll();
    await Promise.all(answers);
    expect(ran.slice(1)).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
  });

  it('one that fails takes no other with it', async () => {
    const { run, endAll } = statements((items) => (items.includes('bad') ? new Error('bad') : undefined));
    const batches = new Batches<string, string>((item) => item, run);
    const answers = Promise.allSettled(['x', 'a', 'bad', 'b'].map((item) => batches.add(item)));
    await endAll();
    expect(
      (await answers).map((answer) => (answer.status === 'fulfilled' ? answer.value : 'failed')),
    ).toEqual(['X', 'A', 'failed', 'B']);
  });

  it('where the database went away nothing is tried again: the outcome is unknown', async () => {
    const { ran, run, endAll } = statements(() => new DatabaseUnavailable());
    const batches = new Batches<string, string>((item) => item, run);
    const answers = Promise.allSettled(['x', 'a', 'b'].map((item) => batches.add(item)));
    await endAll();
    for (const answer of await answers) expect(answer.status).toBe('rejected');
    expect(ran).toEqual([['x'], ['a', 'b']]);
  });
});
