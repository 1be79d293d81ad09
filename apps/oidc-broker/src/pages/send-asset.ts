import type { FastifyReply } from 'fastify';

/** What pages load: styles, pictures. Pages of ours may, other sites' may not. */
export function sendAsset(
  reply: FastifyReply,
  { type, caching, headers = {} }: { type: string; caching: string; headers?: Record<string, string> },
  content: string | Buffer,
): void {
  void reply
    .headers({
      'content-type': type,
      'cache-control': caching,
      'cross-origin-resource-policy': 'same-origin',
      ...headers,
    })
    .send(content);
}

/** Of style sheets. */
export const CSS = 'text/css; charset=utf-8';

/** A new release's pages are never shown with old styles for longer than this. */
export const SOON = 'public, max-age=60';
