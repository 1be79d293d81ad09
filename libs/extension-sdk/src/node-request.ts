import { BODY_MAX, joined } from './limited-body.ts';

/** A stream of Node, as far as a body needs it. */
export interface NodeStream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  resume(): unknown;
}

/** A request of Node's http, and of the frameworks that build on it. */
export interface NodeRequest extends NodeStream {
  method?: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  /** The bytes, where a framework was told to keep them (Nest's `rawBody: true`). */
  rawBody?: unknown;
  /** What a body parser made of them. */
  body?: unknown;
  readableDidRead?: boolean;
}

/**
 * The bytes of the body, wherever they are; undefined where a parser took them and kept only what it made of them.
 * Of a body too large more than the limit is returned, and the rest is dropped as it comes.
 */
export async function bytesOf(
  request: Pick<NodeRequest, 'rawBody' | 'body'>,
  stream: NodeStream & { readableDidRead?: boolean },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (const kept of [request.rawBody, request.body]) {
    if (kept instanceof Uint8Array) return new Uint8Array(kept);
    if (typeof kept === 'string') return new TextEncoder().encode(kept);
  }
  return stream.readableDidRead ? undefined : readStream(stream);
}

/** Rejects if the connection ends before the body does. */
export function readStream(stream: NodeStream): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk) => {
      if (size > BODY_MAX) return;
      size += chunk.byteLength;
      chunks.push(chunk);
      if (size > BODY_MAX) resolve(joined(chunks, size));
    });
    stream.on('end', () => resolve(joined(chunks, size)));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error('the connection ended before the body')));
  });
}

/** The request in the form of the web. Its address is not looked at: what counts is signed. */
export function webRequest(
  { method = 'GET', headers }: Pick<NodeRequest, 'method' | 'headers'>,
  body: Uint8Array<ArrayBuffer>,
): Request {
  const kept = new Headers();
  for (const name of ['countersign-signature', 'idempotency-key']) {
    const value = headers[name];
    if (value !== undefined) kept.set(name, String(value));
  }
  // TRACE and the like cannot be put into a Request, and are refused all the same
  if (method !== 'POST') return new Request('http://handler.invalid/');
  return new Request('http://handler.invalid/', { method, headers: kept, body });
}

export const PARSED =
  'a body parser took the body and kept no bytes; see the README of the SDK for your framework';
