import type { IncomingMessage } from 'node:http';
import { BODY_LIMIT } from '@countersign/service-kit';

/** Thrown away at most after a refusal, so that a client that is still sending gets to read it; then it is cut off. */
const DRAINED_BYTES = 16 * 1024 * 1024;

/** Why there is no body: over the limit, no room to hold it, or the client left before its end. */
export type NoBody = 'too-large' | 'no-room' | 'gone';

/**
 * Reads the whole body of a request, of `BODY_LIMIT` bytes at most. `mayHold` is asked for every piece. How long it
 * may take is the door's business (`requestTimeout`): the connection ends with 408 then.
 */
export function wholeBody(
  request: IncomingMessage,
  mayHold: (bytes: number) => boolean,
): Promise<Buffer | NoBody> {
  if (request.destroyed) return Promise.resolve('gone');
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) {
    drain(request);
    return Promise.resolve('too-large');
  }
  return new Promise((resolve) => {
    let body = Buffer.alloc(0);
    let length = 0;
    const refuse = (why: NoBody): void => {
      request.off('data', take);
      body = Buffer.alloc(0);
      drain(request);
      resolve(why);
    };
    const take = (chunk: Buffer): void => {
      if (length + chunk.length > BODY_LIMIT) return refuse('too-large');
      if (!mayHold(chunk.length)) return refuse('no-room');
      body = appended(body, length, chunk);
      length += chunk.length;
    };
    request.on('data', take);
    request.once('end', () => resolve(body.subarray(0, length)));
    request.once('close', () => resolve('gone'));
  });
}

/** `chunk` after the first `length` bytes of `body`, in place if there is room: a million pieces are not a million buffers. */
function appended(body: Buffer, length: number, chunk: Buffer): Buffer<ArrayBuffer> {
  if (length === 0) return chunk as Buffer<ArrayBuffer>;
  const needed = length + chunk.length;
  const room =
    needed <= body.length
      ? (body as Buffer<ArrayBuffer>)
      : Buffer.allocUnsafeSlow(Math.min(needed * 2, BODY_LIMIT));
  if (room !== body) body.copy(room, 0, 0, length);
  chunk.copy(room, length);
  return room;
}

function drain(request: IncomingMessage): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAINED_BYTES) request.destroy();
  });
}
