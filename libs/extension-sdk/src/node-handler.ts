import { bytesOf, type NodeRequest, PARSED, webRequest } from './node-request.ts';
import type { SsoExtension } from './sso-extension.ts';

/** A response of Node's http. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
}

/**
 * The extension as a request listener of Node's http, which Express takes as a route or middleware. Never rejects. It
 * needs the body's bytes: mount it before body parsers, or have them keep the bytes (see the README).
 */
export function toNodeHandler(extension: SsoExtension) {
  return async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    const answer = await answerOf(extension, request).catch(() => undefined);
    // whoever hung up gets no answer
    if (!answer) return;
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  };
}

async function answerOf(extension: SsoExtension, request: NodeRequest): Promise<Response> {
  if (request.method !== 'POST') {
    request.resume();
    return extension.fetch(webRequest(request, new Uint8Array()));
  }
  const bytes = await bytesOf(request, request);
  return bytes ? extension.fetch(webRequest(request, bytes)) : extension.refuse('parsed-body', PARSED);
}
