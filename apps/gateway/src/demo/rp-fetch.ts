import { request } from 'node:http';
import type { CustomFetch } from 'openid-client';

const ALLOWED_MS = 10_000;

/**
 * Asks the issuer by way of the service behind it, with the issuer's Host: `demo.localhost` is a name that browsers
 * resolve to their own machine, and that means another machine in a container, or none.
 */
export const askThrough =
  (serviceUrl: string): CustomFetch =>
  async (asked, { method, headers, body }) => {
    const { host, pathname, search } = new URL(asked);
    const { hostname, port } = new URL(serviceUrl);
    const sent =
      body === undefined || body === null
        ? undefined
        : await new Response(body as ConstructorParameters<typeof Response>[0]).text();
    return new Promise((resolve, reject) => {
      const outgoing = request({
        ...{ hostname, port, method, path: pathname + search, agent: false },
        headers: {
          ...headers,
          host,
          ...(sent !== undefined && { 'content-length': Buffer.byteLength(sent) }),
        },
        signal: AbortSignal.timeout(ALLOWED_MS),
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const status = incoming.statusCode ?? 502;
          const isEmpty = [204, 205, 304].includes(status);
          const type = incoming.headers['content-type'];
          const answered = new Response(isEmpty ? null : Buffer.concat(chunks), { status });
          if (type !== undefined) answered.headers.set('content-type', type);
          resolve(answered);
        });
      });
      outgoing.end(sent);
    });
  };

/**
 * Stands in the place of the access token that a second factor's answer has not: client libraries insist on one
 * (RFC 6749 §5.1), and this scope's point is that there is none. Nobody is ever sent it.
 */
const NO_ACCESS_TOKEN = 'none';

/** Answers as `ask` does, and tells `tell` what a token endpoint really said. */
export const noticingTokens =
  (ask: CustomFetch, tell: (answer: TokenAnswer) => void): CustomFetch =>
  async (asked, options) => {
    const answer = await ask(asked, options);
    const { body } = options;
    if (!(body instanceof URLSearchParams) || !body.has('grant_type') || answer.status !== 200) return answer;
    const said = (await answer.json()) as TokenAnswer;
    tell(said);
    return Response.json({ access_token: NO_ACCESS_TOKEN, ...said });
  };

/** What a token endpoint answers. */
export interface TokenAnswer {
  id_token?: string;
  access_token?: string;
  refresh_token?: string;
  [member: string]: unknown;
}
