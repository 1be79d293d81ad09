/// <reference lib="dom" />

/** An account in the page's own authenticator app. */
export interface Kept {
  label: string;
  /** Base32 (RFC 4648 §6). */
  secret: string;
}

const KEPT = 'countersign-try-authenticator';
const STEP_SECONDS = 30;

/**
 * A stand-in for the app on the user's phone, so that the page can be walked through without one. It keeps secrets
 * beside the password it is to be independent of: good for trying, for nothing else.
 */
export function kept(): Kept[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEPT) ?? '[]');
    return Array.isArray(found) ? (found as Kept[]) : [];
  } catch {
    return [];
  }
}

export function remember(account: Kept): void {
  localStorage.setItem(
    KEPT,
    JSON.stringify([account, ...kept().filter(({ label }) => label !== account.label)]),
  );
}

export function forgetAccount(label: string): void {
  localStorage.setItem(KEPT, JSON.stringify(kept().filter((account) => account.label !== label)));
}

const nowMs = (): number => performance.timeOrigin + performance.now();
export const secondsLeft = (): number => STEP_SECONDS - (Math.floor(nowMs() / 1000) % STEP_SECONDS);

/** The code of this moment (RFC 6238: SHA-1, 30 s, six digits). */
export async function codeNow(secret: string): Promise<string> {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(Math.floor(nowMs() / 1000 / STEP_SECONDS)));
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const key = await crypto.subtle.importKey('raw', base32(secret), algorithm, false, ['sign']);
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter));
  const offset = mac.getUint8(19) & 0x0f;
  return String((mac.getUint32(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

function base32(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let [bits, value] = [0, 0];
  for (const letter of text.replace(/[\s=]/g, '').toUpperCase()) {
    value = ((value << 5) | 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter)) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
