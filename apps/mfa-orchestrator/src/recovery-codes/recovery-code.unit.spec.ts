import { CODES, hashCode, makeCode, matching, TIDY_CODE, tidyCode } from './recovery-code.ts';

const pepper = new Uint8Array(32).fill(1);
const kept = (code: string, at: number) => {
  const salt = `salt-${at}`;
  return { id: String(at), salt, codeHash: hashCode(pepper, salt, tidyCode(code)) };
};

describe('recovery codes', () => {
  it('security 6: 80 random bits in sixteen letters and digits nobody mistakes', () => {
    const codes = Array.from({ length: 1000 }, makeCode);
    expect(new Set(codes).size).toBe(1000);
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    // every place takes every one of the 32 signs
    for (const place of [0, 5, 18]) expect(new Set(codes.map((code) => code[place])).size).toBe(32);
  });

  it('a code is read as people type it', () => {
    const typed = ['0123-4567-89AB-CDEF', 'o123 4567 89ab cdef', '  OI23456789abcdef', '0L23-4567-89AB-CDEF'];
    for (const text of typed) expect(tidyCode(text)).toBe('0123456789ABCDEF');
    for (const text of ['', '0123-4567-89AB-CDE', '0123-4567-89AB-CDEU', '０１２３-4567-89AB-CDEF'])
      expect(tidyCode(text)).not.toMatch(TIDY_CODE);
  });

  it('the right code is found wherever it stands, and no other', () => {
    const codes = Array.from({ length: CODES }, makeCode);
    const rows = codes.map(kept);
    codes.forEach((code, at) => expect(matching(pepper, rows, tidyCode(code))?.id).toBe(String(at)));
    expect(matching(pepper, rows, tidyCode(makeCode()))).toBeUndefined();
    expect(matching(pepper, [], tidyCode(codes[0]!))).toBeUndefined();
    expect(matching(new Uint8Array(32).fill(2), rows, tidyCode(codes[0]!))).toBeUndefined();
  });

  it('security 7: what is kept is salted: one code in two rows looks like two', () => {
    expect(kept('0123-4567-89AB-CDEF', 1).codeHash).not.toBe(kept('0123-4567-89AB-CDEF', 2).codeHash);
  });
});
