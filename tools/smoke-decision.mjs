/** What a host checks before it releases anything, with node:crypto alone: nothing of ours is trusted here. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { must } from './smoke-steps.mjs';

/** RFC 8785 for what stands in a subject: strings, whole numbers, lists and objects of them. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** base64url SHA-256 over what was parked. */
export const digestOf = (subject) => createHash('sha256').update(canonical(subject)).digest('base64url');

const decode = (part) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

/** Checks signature (EdDSA, one of `jwks`), type, audience and (unless `anyAge`) time; answers the claims. */
export function verifyDecision(jws, jwks, audience, { anyAge = false } = {}) {
  const [head, claims, signature] = jws.split('.');
  const header = decode(head);
  must(header.alg === 'EdDSA' && header.typ === 'mfa-decision+jwt', `header ${JSON.stringify(header)}`);
  const jwk = jwks.keys.find(({ kid }) => kid === header.kid);
  must(jwk, `no published key ${header.kid}`);
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const valid = verify(null, Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'));
  must(valid, 'the signature does not fit');
  const read = decode(claims);
  must(read.aud === audience, `aud ${read.aud}`);
  must(anyAge || read.exp > Date.now() / 1000, 'expired');
  must(read.jti, 'no jti');
  return read;
}
