import { type NodeRequest, type NodeStream, readStream, webRequest } from './node-request.ts';
import type { SsoExtension } from './sso-extension.ts';

/** A reply of Fastify. */
export interface FastifyReplyLike {
  code(status: number): unknown;
  headers(headers: Record<string, string>): unknown;
  send(body: string): unknown;
}

/** A request of Fastify. */
export interface FastifyRequestLike {
  method: string;
  headers: NodeRequest['headers'];
  body?: unknown;
}

/** An instance of Fastify, as far as the plugin needs it. */
export interface FastifyLike {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: NodeStream) => Promise<Uint8Array>,
  ): unknown;
  route(route: {
    method: string[];
    url: string;
    handler(request: FastifyRequestLike, reply: FastifyReplyLike): Promise<void>;
  }): unknown;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * The extension as a plugin of Fastify: `app.register(toFastifyPlugin(extension, { url: '/sso' }))`. It has content type
 * parsers of its own, which keep the bytes; those of the rest of the application are as they were.
 */
export function toFastifyPlugin(extension: SsoExtension, { url }: { url: string }) {
  return async (fastify: FastifyLike): Promise<void> => {
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', (_request, payload) => readStream(payload));
    fastify.route({
      method: METHODS,
      url,
      handler: async (request, reply) => {
        const body = request.body instanceof Uint8Array ? new Uint8Array(request.body) : new Uint8Array();
        const answer = await extension.fetch(webRequest(request, body));
        await sendBy(reply, answer);
      },
    });
  };
}

/** Sends `answer` by a reply of Fastify. */
export async function sendBy(reply: FastifyReplyLike, answer: Response): Promise<void> {
  reply.code(answer.status);
  reply.headers(Object.fromEntries(answer.headers));
  await reply.send(await answer.text());
}
