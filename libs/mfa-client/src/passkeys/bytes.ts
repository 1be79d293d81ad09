import { base64url } from '@countersign/kernel';

/** Bytes of base64 or base64url, padded or not. Throws TypeError where it is neither. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  try {
    return Uint8Array.from(atob(standard), (character) => character.charCodeAt(0));
  } catch {
    throw new TypeError('not base64url');
  }
}

export const textOfBytes = (bytes: ArrayBuffer | ArrayBufferView): string =>
  base64url(
    bytes instanceof ArrayBuffer
      ? new Uint8Array(bytes)
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );

/** base64url of UTF-8 JSON: how ceremony options travel, and the parts of a JWT. Throws where it is none. */
export const jsonOf = (text: string): unknown => JSON.parse(new TextDecoder().decode(bytesOf(text)));

export const textOfJson = (value: unknown): string =>
  base64url(new TextEncoder().encode(JSON.stringify(value)));
