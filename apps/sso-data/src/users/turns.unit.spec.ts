import { Turns } from './turns.ts';

describe('turns', () => {
  it('go one at a time for a key, in order, also past one that failed; other keys do not wait', async () => {
    const turns = new Turns();
    const steps = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
    const said: string[] = [];
    const take = (n: number) =>
      turns.take('dana', async () => {
        said.push(`${n} begins`);
        await steps[n]!.promise;
        said.push(`${n} ends`);
        return n;
      });
    const first = take(0).catch((error: Error) => error.message);
    const others = [take(1), take(2)];
    await turns.take('kim', async () => said.push('kim'));
    expect(said).toEqual(['0 begins', 'kim']);
    steps[0]!.reject(new Error('failed'));
    steps[2]!.resolve();
    expect(await first).toBe('failed');
    steps[1]!.resolve();
    expect(await Promise.all(others)).toEqual([1, 2]);
    expect(said).toEqual(['0 begins', 'kim', '1 begins', '1 ends', '2 begins', '2 ends']);
  });

  it('leave nothing behind', async () => {
    const turns = new Turns();
    await Promise.all(['a', 'a', 'b'].map((key) => turns.take(key, async () => key)));
    expect((turns as unknown as { last: Map<string, unknown> }).last.size).toBe(0);
  });
});
