import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { forge, hs256, signedBy, unsigned } from '../test/forge.ts';
import {
  type Claims,
  decodeUnverified,
  generateKeyPair,
  type KeyPair,
  type PublicJwk,
  signJwt,
  TokenInvalid,
  verifyJwt,
  type VerifyJwt,
} from './index.ts';

const now = new Date('2026-06-01T12:00:00Z');
const seconds = now.getTime() / 1000;
const claims: Claims = { iss: 'https://a', aud: 'bank', sub: 'u', iat: seconds, exp: seconds + 60 };

describe('JWTs', () => {
  let ed: KeyPair;
  let es: KeyPair;
  let options: VerifyJwt;
  beforeAll(async () => {
    ed = await generateKeyPair('EdDSA');
    es = await generateKeyPair('ES256');
    const keys = [ed.publicJwk, es.publicJwk];
    options = {
      keys,
      algorithms: ['EdDSA', 'ES256'],
      typ: 'at+jwt',
      issuer: 'https://a',
      audience: 'bank',
      now,
    };
  });
  const token = (changes: Claims = {}, typ = 'at+jwt') => signJwt(ed, { typ }, { ...claims, ...changes });
  const refused = async (jwt: string, reason: string, changes: Partial<VerifyJwt> = {}) => {
    const error = await verifyJwt(jwt, { ...options, ...changes }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TokenInvalid);
    expect(error).toMatchObject({ message: 'the token is not valid', reason });
  };

  it('RFC 7519: what either algorithm signed is verified, claims as they were', async () => {
    expect(await verifyJwt(await token(), options)).toEqual(claims);
    expect(await verifyJwt(await signJwt(es, { typ: 'at+jwt' }, claims), options)).toEqual(claims);
  });

  it('RFC 7638: kid is the thumbprint, and the public JWK has no private member', () => {
    expect(ed.kid).toMatch(/^[\w-]{43}$/);
    expect(ed.publicJwk).toMatchObject({ kid: ed.kid, alg: 'EdDSA', use: 'sig' });
    expect(Object.keys(ed.publicJwk)).not.toContain('d');
    expect(Object.keys(es.publicJwk)).not.toContain('d');
  });

  it.each(['none', 'None', 'nOnE', 'NONE', ''])(
    'JWT-01: alg %j without a signature is refused',
    async (alg) => {
      const header = { alg, kid: ed.kid, typ: 'at+jwt' };
      await refused(forge(header, claims, unsigned), 'alg');
      await refused(forge(header, claims, unsigned), 'alg', { algorithms: [alg] });
      await refused(forge({ ...header, alg: 'EdDSA' }, claims, unsigned), 'signature');
    },
  );

  it('JWT-02: HS256 with a public key in any form, or an empty key, as the secret is refused', async () => {
    const header = { alg: 'HS256', kid: ed.kid, typ: 'at+jwt' };
    const publicKey = createPublicKey({ key: { ...ed.publicJwk }, format: 'jwk' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const secrets = [
      pem,
      JSON.stringify(ed.publicJwk),
      ed.publicJwk.x!,
      Buffer.from(ed.publicJwk.x!, 'base64url'),
      '',
    ];
    for (const secret of secrets) {
      await refused(forge(header, claims, hs256(secret)), 'alg');
      await refused(forge(header, claims, hs256(secret)), 'alg', { algorithms: ['HS256', 'EdDSA'] });
    }
  });

  it('JWT-02: a symmetric key among the keys verifies nothing', async () => {
    const oct = { kty: 'oct', k: 'c2VjcmV0', kid: 'shared', alg: 'EdDSA' } as PublicJwk;
    await refused(forge({ alg: 'EdDSA', kid: 'shared', typ: 'at+jwt' }, claims, hs256('secret')), 'alg', {
      keys: [oct],
    });
  });

  it('JWT-02: EdDSA and ES256 cannot stand in for each other, nor one key for another', async () => {
    const header = { kid: ed.kid, typ: 'at+jwt' };
    await refused(forge({ ...header, alg: 'ES256' }, claims, signedBy(es.privateJwk)), 'alg');
    await refused(forge({ ...header, alg: 'ES256' }, claims, signedBy(ed.privateJwk)), 'alg');
    await refused(forge({ ...header, alg: 'EdDSA' }, claims, signedBy(es.privateJwk)), 'signature');
    const stranger = await generateKeyPair('EdDSA');
    await refused(forge({ ...header, alg: 'EdDSA' }, claims, signedBy(stranger.privateJwk)), 'signature');
    await refused(await token(), 'alg', { algorithms: ['ES256'] });
    await refused(await token(), 'alg', { algorithms: [] });
    await refused(await token(), 'alg', { keys: [{ ...ed.publicJwk, alg: 'ES256' }] });
  });

  it('JWT-02: an RSA key is used with the algorithm it names only, and never without one', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const kid = 'rsa';
    const rsa = { ...pair.publicKey.export({ format: 'jwk' }), kid } as PublicJwk;
    const privateJwk = { ...pair.privateKey.export({ format: 'jwk' }), kid } as KeyPair['privateJwk'];
    const ps256 = await signJwt({ kid, alg: 'PS256', privateJwk }, { typ: 'at+jwt' }, claims);
    const algorithms = ['PS256', 'RS256'];
    expect(await verifyJwt(ps256, { ...options, algorithms, keys: [{ ...rsa, alg: 'PS256' }] })).toEqual(
      claims,
    );
    await refused(ps256, 'alg', { algorithms, keys: [{ ...rsa, alg: 'RS256' }] });
    await refused(ps256, 'alg', { algorithms, keys: [rsa] });
  });

  it('RFC 8725 §3.10: keys a token brings along, encryption keys and unknown kids are not used', async () => {
    const stranger = await generateKeyPair('EdDSA');
    const header = { alg: 'EdDSA', typ: 'at+jwt', jwk: stranger.publicJwk, jku: 'https://evil/jwks' };
    await refused(forge(header, claims, signedBy(stranger.privateJwk)), 'kid');
    await refused(forge({ ...header, kid: stranger.kid }, claims, signedBy(stranger.privateJwk)), 'kid');
    await refused(forge({ ...header, kid: ed.kid }, claims, signedBy(stranger.privateJwk)), 'signature');
    await refused(await token(), 'alg', { keys: [{ ...ed.publicJwk, use: 'enc' }] });
    await refused(await token(), 'alg', { keys: [{ ...ed.publicJwk, key_ops: ['sign'] }] });
  });

  it('two parties with the same kid are told apart by their keys', async () => {
    const stranger = { ...(await generateKeyPair('EdDSA')), kid: ed.kid };
    const foreign = await signJwt(stranger, { typ: 'at+jwt' }, claims);
    await refused(foreign, 'signature');
    const keys = [{ ...stranger.publicJwk, kid: ed.kid }];
    expect(await verifyJwt(foreign, { ...options, keys })).toEqual(claims);
    await refused(await token(), 'signature', { keys });
  });

  it('RFC 7515 §4.1.11: critical headers are refused', async () => {
    const header = { alg: 'EdDSA', kid: ed.kid, typ: 'at+jwt', crit: ['b64'], b64: false };
    await refused(forge(header, claims, signedBy(ed.privateJwk)), 'crit');
  });

  it.each(['JWT', 'AT+JWT', 'application/at+jwt', 'at+jwt ', ''])(
    'security 27, RFC 8725 §3.11: typ %j is not at+jwt',
    async (typ) => {
      await refused(await token({}, typ), 'typ');
    },
  );

  it('RP-01: the issuer is compared exactly', async () => {
    for (const iss of ['https://a/', 'https://A', 'https://b', undefined, ['https://a']]) {
      await refused(await token({ iss }), 'iss');
    }
  });

  it('RP-04: the audience is the one and only', async () => {
    for (const aud of ['Bank', 'bank ', ['bank', 'shop'], [], undefined, ['shop'], { bank: true }]) {
      await refused(await token({ aud }), 'aud');
    }
    expect(await verifyJwt(await token({ aud: ['bank'] }), options)).toMatchObject({ aud: ['bank'] });
  });

  it('RP-04: exp is required, a number, and in the future to the second', async () => {
    for (const exp of [undefined, seconds, seconds - 1]) await refused(await token({ exp }), 'exp');
    const odd = (exp: unknown) =>
      forge({ alg: 'EdDSA', kid: ed.kid, typ: 'at+jwt' }, { ...claims, exp }, signedBy(ed.privateJwk));
    for (const exp of [String(seconds + 60), null, true, [seconds + 60]]) await refused(odd(exp), 'time');
    await verifyJwt(await token({ exp: seconds + 1 }), options);
    await verifyJwt(await token({ exp: seconds - 4 }), { ...options, clockToleranceSeconds: 5 });
  });

  it('RP-11, security 28: iat and nbf may lie 10 s in the future', async () => {
    for (const name of ['iat', 'nbf']) {
      await verifyJwt(await token({ [name]: seconds + 10 }), options);
      await refused(await token({ [name]: seconds + 11 }), name);
    }
  });

  it('a changed payload, header or signature and what is no JWT are refused', async () => {
    const [head, , signature] = (await token()).split('.');
    const other = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url');
    await refused(`${head}.${other}.${signature}`, 'signature');
    for (const text of ['', '.', '..', 'a.b.c', `${head}`, 'x'.repeat(20_000)]) {
      await expect(verifyJwt(text, options)).rejects.toBeInstanceOf(TokenInvalid);
      expect(() => decodeUnverified(text)).toThrow(TokenInvalid);
    }
    const list = forge({ alg: 'EdDSA', kid: ed.kid, typ: 'at+jwt' }, [1], signedBy(ed.privateJwk));
    await refused(list, 'claims');
    expect(() => decodeUnverified(undefined as unknown as string)).toThrow(TokenInvalid);
  });

  it('decodeUnverified reads without verifying', async () => {
    const jwt = await token();
    const read = decodeUnverified(`${jwt.slice(0, jwt.lastIndexOf('.'))}.AAAA`);
    expect(read).toEqual({ header: { alg: 'EdDSA', kid: ed.kid, typ: 'at+jwt' }, claims });
  });
});
