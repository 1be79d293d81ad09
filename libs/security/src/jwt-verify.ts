import { systemClock } from '@countersign/kernel';
import { compactVerify } from 'jose';
import { importKey } from './key-imports.ts';
import { chooseKey } from './key-choice.ts';
import type { PublicJwk } from './keys.ts';
import { type Claims, readHeader, TokenInvalid } from './token-parts.ts';

export interface VerifyJwt {
  /** Who may have signed; a key is found by its `kid` and used with its own algorithm only. */
  keys: PublicJwk[];
  /** Allowed algorithms, such as `['EdDSA']`. */
  algorithms: string[];
  /** Compared as it is, no media type rules. Undefined: there must be none, as in id tokens of OpenID Providers. */
  typ: string | undefined;
  issuer?: string;
  /** `aud` must be this string, or a list of nothing else. */
  audience?: string;
  /** Grace for `exp` and `nbf`, in seconds. Default 0. */
  clockToleranceSeconds?: number;
  now?: Date;
}

/** How far in the future `iat` and `nbf` may lie (FAPI 2.0 §5.3.2.1), in seconds. */
const FUTURE_SECONDS = 10;

/** The claims of a token that is what `options` says, or TokenInvalid. `exp` is required. */
export async function verifyJwt(token: string, options: VerifyJwt): Promise<Claims> {
  const header = readHeader(token);
  const { key, alg } = chooseKey(header, options.keys, options.algorithms);
  if (header.typ !== options.typ) throw new TokenInvalid('typ');
  const claims = parseClaims(await payloadOf(token, key, alg));
  if (options.issuer !== undefined && claims.iss !== options.issuer) throw new TokenInvalid('iss');
  if (options.audience !== undefined && !isFor(claims.aud, options.audience)) throw new TokenInvalid('aud');
  checkTimes(claims, (options.now ?? systemClock.now()).getTime() / 1000, options.clockToleranceSeconds ?? 0);
  return claims;
}

async function payloadOf(token: string, key: PublicJwk, alg: string): Promise<Uint8Array> {
  try {
    const { payload } = await compactVerify(token, await importKey(key, alg), { algorithms: [alg] });
    return payload;
  } catch {
    throw new TokenInvalid('signature');
  }
}

function parseClaims(payload: Uint8Array): Claims {
  let claims: unknown;
  try {
    claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new TokenInvalid('claims');
  }
  if (claims === null || typeof claims !== 'object' || Array.isArray(claims))
    throw new TokenInvalid('claims');
  return claims as Claims;
}

const isFor = (aud: unknown, audience: string): boolean =>
  Array.isArray(aud) ? aud.length === 1 && aud[0] === audience : aud === audience;

function checkTimes({ exp, nbf, iat }: Claims, now: number, tolerance: number): void {
  for (const time of [exp, nbf, iat]) {
    if (time !== undefined && !(typeof time === 'number' && Number.isFinite(time)))
      throw new TokenInvalid('time');
  }
  if (exp === undefined || (exp as number) + tolerance <= now) throw new TokenInvalid('exp');
  const latest = now + Math.max(tolerance, FUTURE_SECONDS);
  if (nbf !== undefined && (nbf as number) > latest) throw new TokenInvalid('nbf');
  if (iat !== undefined && (iat as number) > latest) throw new TokenInvalid('iat');
}
