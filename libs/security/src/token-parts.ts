import { decodeJwt, decodeProtectedHeader } from 'jose';

/**
 * The token is not one to trust. One class and one message for every cause, so that an answer made from it tells
 * an attacker nothing; `reason` is for our log and names no value.
 */
export class TokenInvalid extends Error {
  override name = 'TokenInvalid';
  constructor(readonly reason: string) {
    super('the token is not valid');
  }
}

export type Claims = Record<string, unknown>;
export type JoseHeader = Record<string, unknown>;

/** Longest token that is looked at, in characters. */
const MAX_LENGTH = 16_384;

/** The protected header of a compact JWS, not verified. Throws TokenInvalid. */
export function readHeader(token: unknown): JoseHeader {
  if (typeof token !== 'string' || token.length > MAX_LENGTH) throw new TokenInvalid('malformed');
  try {
    return decodeProtectedHeader(token) as JoseHeader;
  } catch {
    throw new TokenInvalid('malformed');
  }
}

/**
 * Header and claims of a token that nobody has verified: only to find out whose keys to verify it with. Throws
 * TokenInvalid on what is not a JWT.
 */
export function decodeUnverified(token: string): { header: JoseHeader; claims: Claims } {
  const header = readHeader(token);
  try {
    return { header, claims: decodeJwt(token) as Claims };
  } catch {
    throw new TokenInvalid('malformed');
  }
}
