import { SealInvalid, Vault } from './vault.ts';

const masterKey = new Uint8Array(32).fill(7);
const vault = new Vault(masterKey);

describe('the vault', () => {
  it.each(['', 'x', 'ü\u0000\n', 'long '.repeat(10_000)])(
    'opens what it sealed for the same context',
    (text) => {
      expect(vault.open(vault.seal(text, 'contact:1'), 'contact:1')).toBe(text);
      expect(new Vault(masterKey).open(vault.seal(text, 'contact:1'), 'contact:1')).toBe(text);
    },
  );

  it('NIST SP 800-38D §8.2: seals the same twice under different nonces', () => {
    const seals = new Set(Array.from({ length: 1000 }, () => vault.seal('x', 'c').slice(3, 19)));
    expect(seals.size).toBe(1000);
  });

  it('invariant 1: what was sealed for one row does not open for another', () => {
    const sealed = vault.seal('+41 79 000 00 00', 'contact:1');
    for (const context of ['contact:2', 'contact:', '', 'contact:1 ']) {
      expect(() => vault.open(sealed, context)).toThrow(SealInvalid);
    }
  });

  it('a changed bit anywhere, another length, another spelling and another key are refused', () => {
    const sealed = vault.seal('secret', 'c');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i]! ^= 1;
      expect(() => vault.open(`v1.${changed.toString('base64url')}`, 'c')).toThrow(SealInvalid);
    }
    const short = `v1.${bytes.subarray(0, -1).toString('base64url')}`;
    const noTag = `v1.${bytes.subarray(0, 20).toString('base64url')}`;
    for (const other of [
      short,
      noTag,
      'v1.',
      '',
      'secret',
      sealed.slice(3),
      `v2.${sealed.slice(3)}`,
      `${sealed}=`,
      `${sealed} `,
    ]) {
      expect(() => vault.open(other, 'c')).toThrow(SealInvalid);
    }
    expect(() => new Vault(new Uint8Array(32).fill(8)).open(sealed, 'c')).toThrow(SealInvalid);
  });

  it('derives one key for each label, and none of them seals', () => {
    const hex = (label: string) => Buffer.from(vault.derive(label)).toString('hex');
    expect(hex('session')).toBe(Buffer.from(new Vault(masterKey).derive('session')).toString('hex'));
    expect(hex('session')).not.toBe(hex('cursor'));
    expect(vault.derive('session')).toHaveLength(32);
  });

  it('takes a master key of 32 bytes only, and keeps a copy of it', () => {
    expect(() => new Vault(new Uint8Array(31))).toThrow(TypeError);
    const own = Uint8Array.from(masterKey);
    const copy = new Vault(own);
    own.fill(0);
    expect(Buffer.from(copy.derive('a'))).toEqual(Buffer.from(vault.derive('a')));
  });

  it('OP-20: does not show its keys', () => {
    expect(JSON.stringify(vault)).toBe('{}');
  });
});
