import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ANSWER_MS } from './upstream.ts';

/**
 * Takes a whole answer from its service before the client gets any of it, so that the service's connection is free
 * however slowly the client reads. One that breaks off or does not end in time ends the client's connection.
 */
export function answerWhole(
  answer: IncomingMessage,
  toClient: ServerResponse,
  headers: OutgoingHttpHeaders,
): void {
  const chunks: Buffer[] = [];
  const late = setTimeout(() => answer.destroy(), ANSWER_MS);
  answer.on('data', (chunk: Buffer) => chunks.push(chunk));
  answer.on('error', () => answer.destroy());
  answer.once('end', () => {
    toClient.writeHead(answer.statusCode ?? 502, headers);
    toClient.end(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
  answer.once('close', () => {
    clearTimeout(late);
    if (!answer.complete) toClient.destroy();
  });
}
