import type { Socket } from 'node:net';
import type { Server } from 'node:http';
import type { FastifyHttpOptions } from 'fastify';
import { splitApplicationPrefix } from '../access/application-name.ts';
import { errorAnswer } from '../problems/problem-body.ts';
import { correlationId } from './request-context.ts';
import './request.types.ts';

/** Largest request body, in bytes. */
export const BODY_LIMIT = 1024 * 1024;
/** How long a whole request, its body included, may take to arrive (408), in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How long a connection is kept without a request, in milliseconds; whoever reuses connections gives them up before. */
export const KEEP_ALIVE_MS = 30_000;
/** How long a connection with a request may pass nothing in either direction, in milliseconds: readers who stopped reading. */
const SILENCE_MS = 60_000;

/** How Fastify is set up everywhere: limits in time and size, the application's prefix, no request logging of its own. */
export function fastifyOptions(trustedProxies: string[]): FastifyHttpOptions<Server> {
  return {
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENCE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // whoever is being served when the service stops gets an answer; see closeService
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: trustedProxies.length > 0 ? trustedProxies : false,
    requestIdHeader: false,
    genReqId: (request) => correlationId(request.headers['x-correlation-id']),
    logger: false,
    routerOptions: { maxParamLength: 1200 },
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16 * 1024 },
    rewriteUrl: (request) => {
      const { url, named } = splitApplicationPrefix(request.url ?? '/');
      if (named !== undefined) request.namedApplication = named;
      return url;
    },
    clientErrorHandler: refuseUnreadable,
  };
}

/** What is not HTTP, too slow or has too large headers gets a problem and the end of its connection. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  // Node's own handler looks here, too: an answer that has begun must not be followed by another
  const { _httpMessage: begun } = socket as Socket & { _httpMessage?: { headersSent: boolean } };
  if (error.code === 'ECONNRESET' || !socket.writable || begun?.headersSent) {
    socket.destroy();
    return;
  }
  const code = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request/timeout' : 'request/invalid';
  const { status, contentType, body } = errorAnswer({ code, details: {} }, '/');
  const text = JSON.stringify(body);
  const reason = status === 408 ? 'Request Timeout' : 'Bad Request';
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n` +
      `cache-control: no-store\r\nconnection: close\r\n\r\n${text}`,
  );
}
