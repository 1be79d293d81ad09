import { createSecretKey } from 'node:crypto';
import { constantTimeEqual, hmac, sha256 } from './hashing.ts';

describe('hashing', () => {
  it('FIPS 180-4: SHA-256 of "abc", as base64url', () => {
    const hex = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256('abc')).toBe(Buffer.from(hex, 'hex').toString('base64url'));
  });

  it('OTP-21: equal is equal, and nothing else is', () => {
    expect(constantTimeEqual('012345', '012345')).toBe(true);
    for (const other of ['012346', '012345 ', '12345', '', '０12345']) {
      expect(constantTimeEqual('012345', other)).toBe(false);
    }
    expect(constantTimeEqual('', '')).toBe(true);
  });

  it('security 7: the parts of an HMAC cannot be moved over their borders', () => {
    const lists = [['a', 'bc'], ['ab', 'c'], ['abc'], ['', 'abc'], ['abc', ''], ['abc', '', ''], []];
    expect(new Set(lists.map((parts) => hmac('pepper', ...parts))).size).toBe(lists.length);
    expect(hmac('pepper', 'a', 'bc')).toBe(hmac(Buffer.from('pepper'), 'a', 'bc'));
    expect(hmac('pepper', 'a', 'bc')).toBe(hmac(createSecretKey('pepper', 'utf8'), 'a', 'bc'));
    expect(hmac('pepper', 'a')).toMatch(/^[\w-]{43}$/);
    expect(hmac('other', 'a')).not.toBe(hmac('pepper', 'a'));
  });

  it('JWT-02 in spirit: an empty secret is a fault', () => {
    expect(() => hmac('', 'a')).toThrow(TypeError);
    expect(() => hmac(new Uint8Array(), 'a')).toThrow(TypeError);
    expect(() => hmac(createSecretKey(new Uint8Array()), 'a')).toThrow(TypeError);
  });
});
