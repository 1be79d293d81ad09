import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto';
import { createDecoder, createVerifier } from 'fast-jwt';
import type { Bank } from './bank.ts';

/** RFC 8785 for strings, booleans, null, whole numbers, lists and objects of them; written here anew, on purpose. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  // by UTF-16 code units, as RFC 8785 §3.2.3 says, and not by locale
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}

/** base64url SHA-256 over what was parked, computed with nothing of ours. */
export const digestOf = (subject: object): string =>
  createHash('sha256').update(canonical(subject)).digest('base64url');

export interface JwsParts {
  header: { alg: string; typ: string; kid: string };
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- claims of every kind of token
  payload: any;
}

/** Header and claims, unverified. */
export const decode = (jws: string): JwsParts => createDecoder({ complete: true })(jws) as JwsParts;

/** Claims of a token, unverified. */
export const claimsOf = (jws: string): JwsParts['payload'] => decode(jws).payload;

/** Verifies a JWS by a published key set with fast-jwt, a JOSE library that the services do not use. Throws. */
function verifyBy(
  jws: string,
  keys: (JsonWebKey & { kid: string })[],
  expected: { alg: 'EdDSA' | 'ES256'; typ: string; audience: string },
): JwsParts['payload'] {
  const { header } = decode(jws);
  const jwk = keys.find(({ kid }) => kid === header.kid);
  if (!jwk) throw new Error(`no published key ${header.kid}`);
  const key = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const verifier = createVerifier({
    key: key as string,
    algorithms: [expected.alg],
    allowedAud: expected.audience,
    checkTyp: expected.typ,
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'],
  });
  return verifier(jws);
}

/** Claims of a decision, verified from the application's public keys. */
export async function verifiedDecision(bank: Bank, decision: string): Promise<JwsParts['payload']> {
  const { body } = await bank.call('GET', '/v1/decisions/jwks.json');
  return verifyBy(decision, body.keys, { alg: 'EdDSA', typ: 'mfa-decision+jwt', audience: bank.appId });
}

/** Claims of a payload signature, verified from the same keys. */
export async function verifiedPayload(bank: Bank, signature: string): Promise<JwsParts['payload']> {
  const { body } = await bank.call('GET', '/v1/decisions/jwks.json');
  return verifyBy(signature, body.keys, { alg: 'EdDSA', typ: 'mfa-payload+jwt', audience: bank.appId });
}

/** Claims of an access token, verified from LoginID's JWKS path. */
export async function verifiedAccessToken(bank: Bank, token: string): Promise<JwsParts['payload']> {
  const { body } = await bank.call('GET', '/fido2/v2/.well-known/jwks.json');
  return verifyBy(token, body.keys, { alg: 'ES256', typ: 'at+jwt', audience: bank.appId });
}
