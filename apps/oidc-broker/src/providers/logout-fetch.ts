import type { SafeFetch } from '@countersign/security';

/** For a client's answer to a logout token; nobody waits for it. */
const TIMEOUT_MS = 5_000;
const ANSWER_BYTES = 4_096;

/**
 * How the provider asks clients' addresses: back-channel logout alone, to addresses that clients registered, which must
 * not become a way into this network (OP-09).
 */
export const logoutFetch =
  (safe: SafeFetch) =>
  async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    if (init.method !== 'POST') throw new TypeError('nothing is fetched here');
    const { status, text } = await safe.request(String(url), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: String(init.body),
      timeoutMs: TIMEOUT_MS,
      maxBytes: ANSWER_BYTES,
    });
    return new Response(status === 204 || status === 304 ? null : text, { status });
  };
