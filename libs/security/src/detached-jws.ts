import { CompactSign, compactVerify } from 'jose';
import { importKey } from './key-imports.ts';
import { chooseKey } from './key-choice.ts';
import type { PublicJwk, SigningKey } from './keys.ts';
import { type JoseHeader, readHeader, TokenInvalid } from './token-parts.ts';

const bytesOf = (payload: string | Uint8Array): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload;

/** Signs `payload` without carrying it: `header..signature` (RFC 7515 appendix F). `header` may add a `typ`. */
export async function signDetached(
  key: SigningKey,
  payload: string | Uint8Array,
  header: JoseHeader = {},
): Promise<string> {
  const jws = await new CompactSign(bytesOf(payload))
    .setProtectedHeader({ ...header, alg: key.alg, kid: key.kid })
    .sign(await importKey(key.privateJwk, key.alg));
  const [head, , signature] = jws.split('.');
  return `${head}..${signature}`;
}

/**
 * Whose signature over exactly these bytes `jws` is. `typ`, if given, must be the header's. Throws TokenInvalid.
 */
export async function verifyDetached(
  jws: string,
  payload: string | Uint8Array,
  keys: PublicJwk[],
  algorithms: string[],
  typ?: string,
): Promise<{ kid: string }> {
  const header = readHeader(jws);
  const parts = jws.split('.');
  if (parts.length !== 3 || parts[1] !== '') throw new TokenInvalid('malformed');
  const { key, alg, kid } = chooseKey(header, keys, algorithms);
  if (typ !== undefined && header.typ !== typ) throw new TokenInvalid('typ');
  const whole = `${parts[0]}.${Buffer.from(bytesOf(payload)).toString('base64url')}.${parts[2]}`;
  try {
    await compactVerify(whole, await importKey(key, alg), { algorithms: [alg] });
  } catch {
    throw new TokenInvalid('signature');
  }
  return { kid };
}
