import { type FastifyReplyLike, sendBy } from './fastify-plugin.ts';
import { type NodeResponse, toNodeHandler } from './node-handler.ts';
import { bytesOf, type NodeRequest, PARSED, webRequest } from './node-request.ts';
import type { SsoExtension } from './sso-extension.ts';

/** A request of Nest on Fastify, beside which the raw one stands. */
interface RawBeside {
  method: string;
  headers: NodeRequest['headers'];
  rawBody?: unknown;
  body?: unknown;
  raw: NodeRequest;
}

/**
 * The extension for a controller of Nest, on Express or Fastify: `handle(@Req() request, @Res() response)`. The
 * application is created with `rawBody: true`, because Nest parses JSON before a controller is asked. As middleware it
 * works as well.
 */
export function toNestHandler(extension: SsoExtension) {
  const onNode = toNodeHandler(extension);
  return async (
    request: NodeRequest | RawBeside,
    response: NodeResponse | FastifyReplyLike,
  ): Promise<void> => {
    if (!('raw' in request) || 'writeHead' in response)
      return onNode(request as NodeRequest, response as NodeResponse);
    const bytes = request.method === 'POST' ? await bytesOf(request, request.raw) : new Uint8Array();
    const answer = bytes
      ? await extension.fetch(webRequest(request, bytes))
      : extension.refuse('parsed-body', PARSED);
    await sendBy(response, answer);
  };
}
