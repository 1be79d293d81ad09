import { createHmac, createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import type { PrivateJwk } from '../src/index.ts';

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A compact JWS made by hand, as an attacker would: any header, any signature. */
export function forge(header: object, claims: object, signature: (input: string) => Uint8Array): string {
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${Buffer.from(signature(input)).toString('base64url')}`;
}

export const unsigned = () => new Uint8Array();

export const hs256 = (secret: Uint8Array | string) => (input: string) =>
  createHmac('sha256', secret).update(input).digest();

/** By the key's own algorithm, whatever the header says. */
export const signedBy = (jwk: PrivateJwk) => (input: string) => {
  const key = createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  return jwk.kty === 'OKP'
    ? sign(null, Buffer.from(input), key)
    : sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
};
