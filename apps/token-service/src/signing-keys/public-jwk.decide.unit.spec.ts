import { publishedKey } from './public-jwk.decide.ts';

describe('what the JWKS shows of a key', () => {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'private', oth: 'private', ext: true };

  it('OP-20: shows the public members alone', () => {
    expect(publishedKey('k1', 'ES256', jwk)).toEqual({
      kty: 'EC',
      use: 'sig',
      key_ops: ['verify'],
      alg: 'ES256',
      kid: 'k1',
      crv: 'P-256',
      x: 'x',
      y: 'y',
    });
  });

  it('refuses to show half a key', () => {
    expect(() => publishedKey('k1', 'ES256', { kty: 'EC', crv: 'P-256', x: 'x' })).toThrow(TypeError);
  });
});
