import { isObject } from './answers.ts';
import { jsonOf } from '../passkeys/bytes.ts';

/**
 * What a compact JWT says, believed without a check: for showing it to the user it belongs to. A host that decides
 * anything by a token verifies it (`verifyAccessToken`, `verifyDecision`). `{}` where it is none.
 */
export function readClaims(token: string): Record<string, unknown> {
  return part(token, 1);
}

/** The header of a compact JWT: its algorithm, key and kind. Unverified, as {@link readClaims}. */
export function readHeader(token: string): Record<string, unknown> {
  return part(token, 0);
}

function part(token: string, index: number): Record<string, unknown> {
  try {
    const found = jsonOf(token.split('.')[index] ?? '');
    return isObject(found) ? found : {};
  } catch {
    return {};
  }
}
