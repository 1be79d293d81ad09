import type { Clock, SeenJti } from '@countersign/kernel';
import { base64url, decodeProtectedHeader, errors, flattenedVerify, type FlattenedVerifyGetKey } from 'jose';
import { SsoRequestRefused } from './request-refused.ts';
import { parseRequest, type SignedRequest } from './signed-request.ts';

/** What a request is held against. */
export interface Expected {
  issuer: string;
  audience: string;
  keys: FlattenedVerifyGetKey;
  toleranceSeconds: number;
  seenJti: SeenJti;
  clock: Clock;
}

/**
 * The request that these headers and exactly these bytes are. Checked, in this order: the signature (EdDSA only, by a
 * key of the issuer that the header names, `typ`), the body's form, `iss`, `aud`, the time, the idempotency key, and
 * last that the `jti` was not used before: so a request is only used up by the handler it is for.
 *
 * Throws SsoRequestRefused. What the store of used `jti`s throws is thrown on: nothing may be done then either.
 */
export async function verifyRequest(
  headers: Headers,
  body: Uint8Array,
  expected: Expected,
): Promise<SignedRequest> {
  const signature = headers.get('countersign-signature');
  if (!signature) throw new SsoRequestRefused('unsigned', 'there is no countersign-signature');
  await verifySignature(signature, body, expected.keys);
  const request = parseRequest(body);
  if (request.iss !== expected.issuer)
    throw new SsoRequestRefused('issuer', `it is from ${request.iss}, not ${expected.issuer}`);
  if (request.aud !== expected.audience)
    throw new SsoRequestRefused('audience', `it is for ${request.aud}, not ${expected.audience}`);
  checkTime(request, expected);
  if (headers.get('idempotency-key') !== request.jti)
    throw new SsoRequestRefused('malformed', 'idempotency-key is not the jti that was signed');
  const forgettable = new Date((request.iat + expected.toleranceSeconds + 1) * 1000);
  // `!== false`: a store that answers nothing has not said that the jti is new
  if ((await expected.seenJti(request.jti, forgettable)) !== false)
    throw new SsoRequestRefused('replay', 'it was used before');
  return request;
}

/** Compared in milliseconds: `iat` may lie this far back or ahead, and not a moment more. */
function checkTime({ iat }: SignedRequest, { clock, toleranceSeconds }: Expected): void {
  const off = Math.abs(clock.now().getTime() - iat * 1000);
  if (!(off <= toleranceSeconds * 1000))
    throw new SsoRequestRefused('time', `it was signed ${Math.round(off / 1000)} s from now, by your clock`);
}

async function verifySignature(jws: string, body: Uint8Array, keys: FlattenedVerifyGetKey): Promise<void> {
  const [head, middle, signature, ...more] = jws.split('.');
  if (!head || middle !== '' || !signature || more.length > 0)
    throw new SsoRequestRefused('signature', 'countersign-signature is no detached JWS');
  checkHeader(jws);
  try {
    // the payload is made of what arrived, never taken from the header (RFC 7515 appendix F)
    await flattenedVerify({ protected: head, payload: base64url.encode(body), signature }, keys, {
      algorithms: ['EdDSA'],
    });
  } catch (error) {
    throw refusalOf(error);
  }
}

/** Before any key is fetched. `kid` is demanded: without it jose would take the one key that fits. */
function checkHeader(jws: string): void {
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(jws);
  } catch (error) {
    throw new SsoRequestRefused('signature', 'the header of countersign-signature is no JSON', {
      cause: error,
    });
  }
  if (header.typ !== 'sso-request+jws') throw new SsoRequestRefused('type', 'it signs something else');
  if (header.alg !== 'EdDSA') throw new SsoRequestRefused('signature', 'the algorithm is not EdDSA');
  if (typeof header.kid !== 'string') throw new SsoRequestRefused('signature', 'it names no key');
}

/** Keys that cannot be had are no verdict about the request; all else that jose throws is. */
function refusalOf(error: unknown): SsoRequestRefused {
  const verdict =
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported;
  const { message } = error as Error;
  return new SsoRequestRefused(verdict ? 'signature' : 'keys-unavailable', message, { cause: error });
}
