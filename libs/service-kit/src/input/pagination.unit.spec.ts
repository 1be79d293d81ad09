import { Vault } from '@countersign/security';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageQuery } from './pagination.ts';

const vault = new Vault(new Uint8Array(32).fill(7));
const position = z.object({ at: z.string(), id: z.string() });

describe('cursors', () => {
  const cursor = encodeCursor(vault, 'challenges', { at: '2026-01-01', id: 'c1' });

  it('say where a list goes on', () => {
    expect(decodeCursor(vault, 'challenges', cursor, position)).toEqual({
      ok: true,
      value: { at: '2026-01-01', id: 'c1' },
    });
    expect(decodeCursor(vault, 'challenges', undefined, position)).toEqual({ ok: true, value: undefined });
  });

  it('API-04: forged, changed, another list’s or another key’s cursor is refused', () => {
    const other = new Vault(new Uint8Array(32).fill(8));
    for (const [by, list, text] of [
      [vault, 'challenges', `${cursor.slice(0, -2)}AA`],
      [vault, 'challenges', 'eyJpZCI6MX0'],
      [vault, 'users', cursor],
      [other, 'challenges', cursor],
    ] as const)
      expect(decodeCursor(by, list, text, position)).toMatchObject({
        ok: false,
        refusal: { code: 'request/cursor-invalid' },
      });
  });

  it('interface: limit is 50 by default and at most 200', () => {
    expect(pageQuery.parse({}).limit).toBe(50);
    expect(pageQuery.parse({ limit: '200' }).limit).toBe(200);
    for (const limit of ['0', '201', '-1', '1.5', 'x', ''])
      expect(pageQuery.safeParse({ limit }).success).toBe(false);
  });
});
