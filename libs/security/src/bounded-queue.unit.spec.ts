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
