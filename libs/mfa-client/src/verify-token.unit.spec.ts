import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { verifyAccessToken, verifyPayloadSignature } from './verify-token.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const seconds = NOW.getTime() / 1000;
const ACCESS = {
  aud: 'bank',
  sub: 'u',
  username: 'dana',
  scopes: [],
  tokenType: 'jwtAccess',
  exp: seconds + 60,
};
const PAYLOAD = { aud: 'bank', sub: 'u', jti: 'j', payload: '{"amount":1}', exp: seconds + 60 };

async function signer(alg: 'ES256' | 'EdDSA', typ: string) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg } as JWK] };
  const sign = (claims: object, header: object = {}) =>
    new SignJWT({ ...claims }).setProtectedHeader({ alg, kid: 'k', typ, ...header }).sign(privateKey);
  return { jwks, sign };
}

describe('access tokens', () => {
  it('L8: one of this application, unexpired, is believed', async () => {
    const { jwks, sign } = await signer('ES256', 'at+jwt');
    const claims = await verifyAccessToken({ token: await sign(ACCESS), jwks, appId: 'BANK', now: NOW });
    expect(claims.username).toBe('dana');
  });

  it.each([
    ['audience', { aud: 'other' }, {}],
    ['audience', { aud: ['bank', 'other'] }, {}],
    ['expired', { exp: seconds }, {}],
    ['type', {}, { typ: 'JWT' }],
    ['type', { tokenType: 'grant' }, {}],
    ['malformed', { username: undefined }, {}],
  ])('JWT: %s is refused', async (reason, claims, header) => {
    const { jwks, sign } = await signer('ES256', 'at+jwt');
    const token = await sign({ ...ACCESS, ...claims }, header);
    await expect(verifyAccessToken({ token, jwks, appId: 'bank', now: NOW })).rejects.toMatchObject({
      reason,
    });
  });

  it('JWT: another key, another algorithm and no JWT at all are refused', async () => {
    const { jwks } = await signer('ES256', 'at+jwt');
    const other = await signer('ES256', 'at+jwt');
    const ed = await signer('EdDSA', 'at+jwt');
    const verify = (token: string, keys = jwks) =>
      verifyAccessToken({ token, jwks: keys, appId: 'bank', now: NOW });
    await expect(verify(await other.sign(ACCESS))).rejects.toMatchObject({ reason: 'signature' });
    await expect(verify(await ed.sign(ACCESS), ed.jwks)).rejects.toMatchObject({ reason: 'signature' });
    await expect(verify('x.y.z')).rejects.toMatchObject({ reason: 'malformed' });
  });
});

describe('signatures over a payload', () => {
  it('L10: hold for exactly the payload that was to be confirmed', async () => {
    const { jwks, sign } = await signer('EdDSA', 'mfa-payload+jwt');
    const asked = { token: await sign(PAYLOAD), jwks, appId: 'bank', now: NOW };
    const { jti } = await verifyPayloadSignature({ ...asked, payload: '{"amount":1}' });
    expect(jti).toBe('j');
    const another = verifyPayloadSignature({ ...asked, payload: '{"amount": 1}' });
    await expect(another).rejects.toMatchObject({ reason: 'subject' });
  });

  it('a decision is no such signature', async () => {
    const { jwks, sign } = await signer('EdDSA', 'mfa-payload+jwt');
    const token = await sign(PAYLOAD, { typ: 'mfa-decision+jwt' });
    const asked = { token, jwks, appId: 'bank', now: NOW, payload: PAYLOAD.payload };
    await expect(verifyPayloadSignature(asked)).rejects.toMatchObject({ reason: 'type' });
  });
});
