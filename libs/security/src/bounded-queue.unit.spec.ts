import { BoundedQueue, QueueFull } from './bounded-queue.ts';

const opened = (options: Partial<ConstructorParameters<typeof BoundedQueue>[0]> = {}) => {
  const queue = new BoundedQueue({ running: 2, waiting: 3, waitingOfOne: 2, ...options });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string, from = name) =>
    queue.run(from, () => {
      begun.push(name);
      return new Promise<string>((end) => ends.set(name, () => end(name)));
    });
  const settled = () => new Promise((later) => setImmediate(later));
  const end = async (name: string) => {
    await settled();
    ends.get(name)!();
    await settled();
  };
  return { queue, begun, run, end, settled };
};

describe('a bounded queue (API-09)', () => {
  it('runs so many at once, the others in order of arrival', async () => {
    const { begun, run, end, settled } = opened();
    const all = ['a', 'b', 'c', 'd'].map((name) => run(name));
    await settled();
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c', 'd']) await end(name);
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses at once who would be one too many, and takes them when there is room', async () => {
    const { run, end } = opened();
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => run(name));
    await expect(run('f')).rejects.toThrow(QueueFull);
    await end('a');
    const late = run('g');
    for (const name of ['b', 'c', 'd', 'e', 'g']) await end(name);
    expect(await Promise.all([...all, late])).toEqual(['a', 'b', 'c', 'd', 'e', 'g']);
  });

  it('one party alone cannot fill it', async () => {
    const { run, end } = opened();
    const greedy = ['a', 'b', 'c', 'd'].map((name) => run(name, 'one'));
    await expect(run('e', 'one')).rejects.toThrow(QueueFull);
    const other = run('f', 'two');
    for (const name of ['a', 'b', 'c', 'd', 'f']) await end(name);
    await Promise.all([...greedy, other]);
  });

  it('serves parties in turn: a newcomer waits for what runs and for one of each other party', async () => {
    const { begun, run, end, settled } = opened({ running: 1, waiting: 9, waitingOfOne: 9 });
    const names = ['x1', 'x2', 'x3', 'x4', 'y1', 'y2', 'new', 'x5'];
    const all = names.map((name) => run(name, name[0]));
    await settled();
    for (let n = 0; n < names.length; n++) await end(begun[n]!);
    expect(begun).toEqual(['x1', 'x2', 'y1', 'new', 'x3', 'y2', 'x4', 'x5']);
    await Promise.all(all);
  });

  it('who comes back waits for the others, also when nothing of theirs waited in between', async () => {
    const { begun, run, end } = opened({ running: 1, waiting: 9, waitingOfOne: 9 });
    const all = [run('x1', 'x'), run('x2', 'x'), run('y1', 'y')];
    await end('x1');
    all.push(run('x3', 'x'));
    for (const name of ['x2', 'y1', 'x3']) await end(name);
    expect(begun).toEqual(['x1', 'x2', 'y1', 'x3']);
    await Promise.all(all);
  });

  it('when it is full, the last of whoever has most waiting gives way to somebody who has less', async () => {
    const { begun, run, end } = opened({ running: 1, waiting: 4, waitingOfOne: 4 });
    const greedy = ['x0', 'x1', 'x2', 'x3', 'x4'].map((name) => run(name, 'x'));
    const refused = [greedy[4], greedy[3]].map((one) => expect(one).rejects.toThrow(QueueFull));
    const others = [run('y1', 'y'), run('z1', 'z')];
    // two of x wait, one of y, one of z: nobody has more than one who comes would have
    await expect(run('y2', 'y')).rejects.toThrow(QueueFull);
    await Promise.all(refused.slice(0, 2));
    for (const name of ['x0', 'x1', 'y1', 'z1', 'x2']) await end(name);
    expect(begun).toEqual(['x0', 'x1', 'y1', 'z1', 'x2']);
    await Promise.all([...greedy.slice(0, 3), ...others]);
    // every place is free again
    const after = ['a', 'b', 'c', 'd', 'e'].map((name) => run(name));
    for (const name of ['a', 'b', 'c', 'd', 'e']) await end(name);
    expect(await Promise.all(after)).toHaveLength(5);
  });

  it('a failure frees the place', async () => {
    const { queue } = opened({ running: 1, waiting: 0 });
    const fail = () => Promise.reject(new Error('failed'));
    for (let n = 0; n < 3; n++) await expect(queue.run('x', fail)).rejects.toThrow('failed');
    await expect(
      queue.run('x', () => {
        throw new Error('at once');
      }),
    ).rejects.toThrow('at once');
    expect(await queue.run('x', () => Promise.resolve(1))).toBe(1);
  });
});
