/** Largest request that is read, in bytes. */
export const BODY_MAX = 256 * 1024;

/** The body's bytes; undefined for more than {@link BODY_MAX}, which are not read to their end. */
export async function readLimited(request: Request): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get('content-length')) > BODY_MAX) {
    await request.body?.cancel();
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
    size += part.value.byteLength;
    if (size > BODY_MAX) {
      await reader?.cancel();
      return undefined;
    }
    chunks.push(part.value);
  }
  return joined(chunks, size);
}

/** `chunks` in one piece. */
export function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
