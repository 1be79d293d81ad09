import { HeldBytes } from './held-bytes.ts';

const MIB = 1024 * 1024;

describe('what the gateway holds in memory', () => {
  it('API-09: has an end for one client, which leaves room for others', () => {
    const held = new HeldBytes();
    expect(held.take('a', 32 * MIB)).toBe(true);
    expect(held.take('a', 1)).toBe(false);
    expect(held.take('b', 1)).toBe(true);
    held.giveBack('a', 1);
    expect(held.take('a', 1)).toBe(true);
  });

  it('API-09: has an end for all together', () => {
    const held = new HeldBytes();
    for (const client of ['a', 'b', 'c', 'd']) expect(held.take(client, 32 * MIB)).toBe(true);
    expect(held.take('e', 1)).toBe(false);
    held.giveBack('a', 32 * MIB);
    expect(held.take('e', 1)).toBe(true);
  });
});
