import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { TokenInvalid, verifySelfSigned } from './index.ts';

const now = new Date('2026-05-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const options = {
  now,
  maxLifetimeSeconds: 300,
  pastSkewSeconds: 30,
  futureSkewSeconds: 60,
  maxLength: 2048,
};
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const keyPair = (namedCurve = 'P-256') => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) as Record<string, unknown> };
};
const own = keyPair();

/** A token signed by `key`, with whatever header and claims. */
function token(
  header: object = { alg: 'ES256', jwk: own.jwk },
  claims: object = { exp: seconds + 60 },
  key: KeyObject = own.privateKey,
): string {
  const input = `${part(header)}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
const refused = (jwt: string) => expect(verifySelfSigned(jwt, options)).rejects.toThrow(TokenInvalid);

describe('tokens that carry their own key (contracts §1.8)', () => {
  it('LoginID’s web and Android trust ids are accepted, and a device is its key', async () => {
    const web = await verifySelfSigned(
      token(
        { alg: 'ES256', jwk: { ...own.jwk, key_ops: ['verify'], ext: true } },
        { id: 'A1', exp: seconds + 60 },
      ),
      options,
    );
    const android = await verifySelfSigned(token(undefined, { exp: seconds + 300 }), options);
    expect(web.thumbprint).toBe(android.thumbprint);
    expect(web.claims.id).toBe('A1');
    expect(web.expiresAt.getTime()).toBe((seconds + 60) * 1000);
  });

  it('RFC 7638: the thumbprint is over the required members in order', async () => {
    const { calculateJwkThumbprint } = await import('jose');
    const { thumbprint } = await verifySelfSigned(token(), options);
    expect(thumbprint).toBe(await calculateJwkThumbprint(own.jwk as never));
  });

  it('JWT-01, JWT-02: none, HS256 by the public key and other algorithms are refused', async () => {
    for (const alg of ['none', 'None', 'HS256', 'ES384', 'EdDSA', undefined])
      await refused(token({ alg, jwk: own.jwk }));
    await refused(`${part({ alg: 'none', jwk: own.jwk })}.${part({ exp: seconds + 60 })}.`);
    await refused(`${part({ alg: 'ES256', jwk: own.jwk })}.${part({ exp: seconds + 60 })}.`);
  });

  it('JWT-02: another curve, a private member, another’s key and no key are refused', async () => {
    const other = keyPair('P-384');
    await refused(token({ alg: 'ES256', jwk: other.jwk }, undefined, other.privateKey));
    const secret = createPrivateKey(own.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string).export(
      { format: 'jwk' },
    );
    await refused(token({ alg: 'ES256', jwk: secret }));
    await refused(token({ alg: 'ES256', jwk: keyPair().jwk }));
    await refused(token({ alg: 'ES256', jwk: { kty: 'oct', k: 'AAAA' } }));
    for (const jwk of [undefined, null, 'x', [], {}]) await refused(token({ alg: 'ES256', jwk }));
  });

  it('a key has one spelling: coordinates padded, with spare bits or off the curve are refused', async () => {
    const { x } = own.jwk as { x: string };
    for (const spelled of [`${x}=`, `${x.slice(0, 42)}B`, x.slice(1), `A${x}`, 'A'.repeat(43)])
      await refused(token({ alg: 'ES256', jwk: { ...own.jwk, x: spelled } }));
  });

  it('no header leads to another key or changes what is signed', async () => {
    const more = [
      { kid: 'k' },
      { jku: 'http://169.254.169.254/' },
      { x5c: [] },
      { crit: ['b64'], b64: false },
    ];
    for (const header of more) await refused(token({ alg: 'ES256', jwk: own.jwk, ...header }));
    await refused(token({ alg: 'ES256', jwk: own.jwk, typ: 'at+jwt' }));
  });

  it('exp is required, near, and not past', async () => {
    for (const exp of [undefined, null, 'soon', `${seconds + 60}`, seconds - 30, seconds + 361, 1e300])
      await refused(token(undefined, { exp }));
    for (const exp of [seconds - 29, seconds + 360])
      await expect(verifySelfSigned(token(undefined, { exp }), options)).resolves.toBeDefined();
  });

  it('what is huge or no JWT is refused before anything is computed', async () => {
    await refused(token(undefined, { exp: seconds + 60, id: 'x'.repeat(3000) }));
    for (const text of ['', '.', '..', 'a.b.c', 'x'.repeat(100_000)]) await refused(text);
    await refused(token().slice(0, -2));
  });

  it('single use: a second spelling of a signature is the same use, a second signature is another', async () => {
    const jwt = token();
    const end = jwt.lastIndexOf('.');
    const bytes = Buffer.from(jwt.slice(end + 1), 'base64url');
    const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
    const flipped = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex');
    const twin = `${jwt.slice(0, end)}.${Buffer.concat([bytes.subarray(0, 32), flipped]).toString('base64url')}`;
    const [first, second, again] = await Promise.all(
      [jwt, twin, token()].map((text) => verifySelfSigned(text, options)),
    );
    expect(second!.use).toBe(first!.use);
    expect(again!.use).not.toBe(first!.use);
  });
});
