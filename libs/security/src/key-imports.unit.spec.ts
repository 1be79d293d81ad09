import { importKey } from './key-imports.ts';
import { generateKeyPair } from './keys.ts';

describe('imported keys', () => {
  it('toolchain "Costs": a key is imported once, whichever copy of its JWK is shown', async () => {
    const { publicJwk } = await generateKeyPair('EdDSA');
    const first = await importKey(publicJwk, 'EdDSA');
    expect(await importKey({ ...publicJwk }, 'EdDSA')).toBe(first);
  });

  it('public and private parts, and two keys of one kid, are different imports', async () => {
    const [one, other] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
    const keys = [one.publicJwk, one.privateJwk, { ...other.publicJwk, kid: one.kid }];
    const imported = await Promise.all(keys.map((key) => importKey(key, 'ES256')));
    expect(new Set(imported).size).toBe(3);
    expect(imported.map(({ type }) => type)).toEqual(['public', 'private', 'public']);
    expect(imported[1]!.extractable).toBe(false);
  });

  it('one that fails is not kept', async () => {
    const { publicJwk } = await generateKeyPair('ES256');
    const broken = { ...publicJwk, y: 'AAAA' };
    await expect(importKey(broken, 'ES256')).rejects.toThrow();
    await expect(importKey(broken, 'ES256')).rejects.toThrow();
  });
});
