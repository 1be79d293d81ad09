import { type Clock, systemClock } from './clock.ts';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const NAME = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** `bytes` as base64url without padding (RFC 4648 §5). */
export function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** `length` bytes from the platform's cryptographic generator, as base64url. 16 bytes make 22 characters, 32 make 43. */
export function randomToken(length = 32): string {
  return base64url(crypto.getRandomValues(new Uint8Array(length)));
}

// the generator is asked seldom: a call costs more than all the rest of making an id
const pool = new Uint8Array(4096);
let used = pool.length;

function pooled(length: number): Uint8Array {
  if (used + length > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  return pool.subarray(used, (used += length));
}

/**
 * 22 characters of the base64url alphabet, for ids that are told to everybody and made for every request: never for a
 * secret.
 */
export function randomName(): string {
  let name = '';
  for (const byte of pooled(22)) name += NAME[byte & 63];
  return name;
}

/** For the same: `length` random bytes in hexadecimal digits. */
export const randomHex = (length: number): string => hex(pooled(length));

/** A UUID of version 7 (RFC 9562 §5.7): sortable by time of creation, 74 random bits. */
export function uuidv7(clock: Clock = systemClock): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let millis = clock.now().getTime();
  for (let i = 5; i >= 0; i--) {
    bytes[i] = millis % 256;
    millis = Math.floor(millis / 256);
  }
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const h = hex(bytes);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
}
