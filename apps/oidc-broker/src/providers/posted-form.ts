import type { IncomingMessage } from 'node:http';

/** As much as fits into the header of the request that follows. */
const MOST_BYTES = 8 * 1024;

/** A form's fields as a query; undefined where it is no form, or too large for one. */
export async function formOf(request: IncomingMessage): Promise<string | undefined> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8')).toString();
}
