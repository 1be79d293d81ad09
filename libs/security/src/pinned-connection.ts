import type { LookupFunction } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { CheckedAddress } from './checked-addresses.ts';
import { FetchRefused } from './fetch-refused.ts';
import type { FetchTarget } from './fetch-target.ts';
import type { SafeAnswer, SafeRequest } from './safe-fetch.ts';

/** One connection to one of exactly these addresses, certificate and SNI being the name's. */
export function connectionTo(target: FetchTarget, addresses: CheckedAddress[], timeout: number): Client {
  const lookup: LookupFunction = (_host, options, found) =>
    options.all ? found(null, addresses) : found(null, addresses[0]!.address, addresses[0]!.family);
  return new Client(target.origin, {
    allowH2: false,
    pipelining: 1,
    maxHeaderSize: 16_384,
    // the caller's limit rules all phases; these would only be second opinions
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { lookup, timeout, rejectUnauthorized: true, autoSelectFamily: true },
  });
}

/** Sends the request and reads the answer. Throws FetchRefused. */
export async function exchange(
  client: Client,
  target: FetchTarget,
  request: SafeRequest,
): Promise<SafeAnswer> {
  const answer = await client.request({
    method: request.method,
    path: target.path,
    // identity: a few packed bytes cannot grow into gigabytes, and `maxBytes` is what came over the wire
    headers: { 'user-agent': 'countersign', ...request.headers, 'accept-encoding': 'identity' },
    body: request.body ?? null,
    reset: true,
  });
  const { statusCode: status, headers } = answer;
  if (status >= 300 && status < 400) throw new FetchRefused('redirect', target.host);
  if (!['', 'identity'].includes(headerOf(headers, 'content-encoding')))
    throw new FetchRefused('network', `${target.host} answered compressed`);
  const text = await readText(answer.body, request.maxBytes, target.host);
  const contentType = headerOf(headers, 'content-type').split(';')[0]!.trim();
  return { status, contentType, text };
}

function headerOf(headers: Dispatcher.ResponseData['headers'], name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : (value ?? '')).trim().toLowerCase();
}

/** Bytes that are no UTF-8 are refused: replaced by `�` they would be taken for what was meant. */
async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new FetchRefused('too-large', host);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new FetchRefused('network', `${host} answered no UTF-8`);
  }
}

/** What went wrong, for logs: never what was sent or received. */
export const codeOf = (error: unknown): string =>
  String((error as { code?: unknown } | null)?.code ?? 'failed');
