import { SealInvalid, Vault } from '@countersign/security';
import { UserKeys } from './user-keys.ts';

const bytes = (fill: number) => new Uint8Array(32).fill(fill);
const kek = (id: string, fill: number) => ({ id, key: bytes(fill) });
const keysOf = (...keyEncryptionKeys: { id: string; key: Uint8Array }[]) =>
  new UserKeys(new Vault(bytes(1)), keyEncryptionKeys.length > 0 ? { keyEncryptionKeys } : {});

describe('users’ keys', () => {
  it('issue 5: each user has one of their own, which opens again what it sealed', () => {
    const keys = keysOf();
    const [dana, kim] = [keys.make('demo', 'dana'), keys.make('demo', 'kim')];
    const sealed = keys.open(dana, 'demo', 'dana').seal('value', 'c');
    expect(keysOf().open(dana, 'demo', 'dana').open(sealed, 'c')).toBe('value');
    expect(() => keys.open(kim, 'demo', 'kim').open(sealed, 'c')).toThrow(SealInvalid);
    expect(keys.make('demo', 'dana').dataKey).not.toBe(dana.dataKey);
  });

  it('S3: a key copied to another user or application does not open', () => {
    const keys = keysOf();
    const dana = keys.make('demo', 'dana');
    keys.open(dana, 'demo', 'dana');
    expect(() => keys.open(dana, 'demo', 'kim')).toThrow(SealInvalid);
    expect(() => keys.open(dana, 'other', 'dana')).toThrow(SealInvalid);
  });

  it('the first key-encryption key encrypts, all decrypt, the one of the master key always', () => {
    const ofMaster = keysOf().make('demo', 'u');
    expect(ofMaster.dataKeyKek).toBe('master');
    const ofA = keysOf(kek('a', 2)).make('demo', 'u');
    expect(ofA.dataKeyKek).toBe('a');
    const both = keysOf(kek('b', 3), kek('a', 2));
    expect([both.current, both.former]).toEqual(['b', ['a', 'master']]);
    expect(['b', 'a', 'master', 'c'].map((id) => both.standing(id))).toEqual([
      'current',
      'former',
      'former',
      'unknown',
    ]);
    for (const wrapped of [ofMaster, ofA]) expect(() => both.open(wrapped, 'demo', 'u')).not.toThrow();
  });

  it('re-encrypting keeps the data key', () => {
    const before = keysOf(kek('a', 2)).make('demo', 'u');
    const sealed = keysOf(kek('a', 2)).open(before, 'demo', 'u').seal('value', 'c');
    const after = keysOf(kek('b', 3), kek('a', 2)).rewrap(before, 'demo', 'u');
    expect(after.dataKeyKek).toBe('b');
    expect(keysOf(kek('b', 3)).open(after, 'demo', 'u').open(sealed, 'c')).toBe('value');
    expect(() => keysOf(kek('b', 3)).open(before, 'demo', 'u')).toThrow('key-encryption key a');
  });

  it('OP-20: says which key is missing, and shows none', () => {
    const keys = keysOf(kek('a', 2));
    expect(() => keys.open({ dataKey: 'v1.x', dataKeyKek: 'lost' }, 'demo', 'u')).toThrow(
      'no key-encryption key lost is configured',
    );
    expect(JSON.stringify(keys)).not.toContain(Buffer.from(bytes(2)).toString('base64url'));
    // the same id with other bytes
    const wrapped = keys.make('demo', 'u');
    expect(() => keysOf(kek('a', 9)).open(wrapped, 'demo', 'u')).toThrow(SealInvalid);
  });
});
