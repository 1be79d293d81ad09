import { z } from 'zod';
import { SsoRequestRefused } from './request-refused.ts';

/** Loose: a later version of the platform may add members. */
const signedRequest = z.object({
  /** Whose keys signed: `<public url>/apps/<application>`. */
  iss: z.string(),
  /** The handler's URL as it is registered. */
  aud: z.string(),
  /** Seconds since the epoch. */
  iat: z.int(),
  /** Equals the header `idempotency-key`. */
  jti: z.string().min(1).max(255),
  app_id: z.string().min(1),
  vendor_id: z.string().min(1),
  vendor_configs: z.record(z.string(), z.string()),
  sso_identifier: z.string().nullable(),
});

/** The body of a request to a handler. */
export type SignedRequest = z.infer<typeof signedRequest>;

/** Throws SsoRequestRefused `malformed` for bytes that are no such body. */
export function parseRequest(body: Uint8Array): SignedRequest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new SsoRequestRefused('malformed', 'the body is no JSON');
  }
  const parsed = signedRequest.safeParse(value);
  // names only: values of the body do not belong into a log
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => path[0] ?? 'body');
    throw new SsoRequestRefused('malformed', `not as agreed: ${[...new Set(names)].join(', ')}`);
  }
  return parsed.data;
}
