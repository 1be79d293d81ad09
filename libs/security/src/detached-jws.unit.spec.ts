import { unsigned, forge } from '../test/forge.ts';
import {
  generateKeyPair,
  type KeyPair,
  signDetached,
  signJwt,
  TokenInvalid,
  verifyDetached,
} from './index.ts';

const payload = '{"id":"1","type":"patrol.audit-action"}';

describe('detached signatures (RFC 7515 appendix F)', () => {
  let key: KeyPair;
  let other: KeyPair;
  let jws: string;
  beforeAll(async () => {
    [key, other] = await Promise.all([generateKeyPair('EdDSA'), generateKeyPair('ES256')]);
    jws = await signDetached(key, payload, { typ: 'event-signature' });
  });
  const refused = (...args: Parameters<typeof verifyDetached>) =>
    expect(verifyDetached(...args)).rejects.toBeInstanceOf(TokenInvalid);

  it('carry no payload and say whose they are', async () => {
    expect(jws).toMatch(/^[\w-]+\.\.[\w-]+$/);
    const keys = [other.publicJwk, key.publicJwk];
    expect(await verifyDetached(jws, payload, keys, ['EdDSA'])).toEqual({ kid: key.kid });
    expect(await verifyDetached(jws, Buffer.from(payload), keys, ['EdDSA'], 'event-signature')).toEqual({
      kid: key.kid,
    });
  });

  it('EV-01: other bytes, other keys, other algorithms and other types are refused', async () => {
    await refused(jws, `${payload} `, [key.publicJwk], ['EdDSA']);
    await refused(jws, '', [key.publicJwk], ['EdDSA']);
    await refused(jws, payload, [other.publicJwk], ['EdDSA', 'ES256']);
    await refused(jws, payload, [{ ...other.publicJwk, kid: key.kid }], ['EdDSA', 'ES256']);
    await refused(jws, payload, [key.publicJwk], ['ES256']);
    await refused(jws, payload, [key.publicJwk], ['EdDSA'], 'at+jwt');
    await refused(jws, payload, [], ['EdDSA']);
  });

  it('JWT-01: none, a JWT that carries its payload and malformed text are refused', async () => {
    const [head, , signature] = forge({ alg: 'none', kid: key.kid }, {}, unsigned).split('.');
    await refused(`${head}..${signature}`, payload, [key.publicJwk], ['none', 'EdDSA']);
    await refused(await signJwt(key, { typ: 'at+jwt' }, { exp: 1 }), payload, [key.publicJwk], ['EdDSA']);
    for (const text of ['', '..', jws.replace('..', '.'), `${jws}.`, `${jws}.x`]) {
      await refused(text, payload, [key.publicJwk], ['EdDSA']);
    }
  });

  it('a header cannot replace algorithm or key', async () => {
    const signed = await signDetached(key, payload, { alg: 'none', kid: 'other' });
    expect(await verifyDetached(signed, payload, [key.publicJwk], ['EdDSA'])).toEqual({ kid: key.kid });
  });
});
