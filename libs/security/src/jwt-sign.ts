import { SignJWT } from 'jose';
import { importKey } from './key-imports.ts';
import type { SigningKey } from './keys.ts';
import type { Claims } from './token-parts.ts';

/**
 * A compact JWT (RFC 7519) over exactly `claims`, signed by `key`. `typ` says what kind of token it is (RFC 8725
 * §3.11). Times (`iat`, `exp`, `nbf`) are seconds since the epoch and the caller's to give.
 */
export async function signJwt(key: SigningKey, header: { typ: string }, claims: Claims): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: header.typ })
    .sign(await importKey(key.privateJwk, key.alg));
}
