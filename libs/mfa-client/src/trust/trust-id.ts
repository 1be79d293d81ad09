/// <reference lib="dom" />
import { type Clock, systemClock } from '@countersign/kernel';
import { textOfBytes, textOfJson } from '../passkeys/bytes.ts';
import type { TrustKey, TrustKeyStore } from './key-store.ts';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
/** LoginID's: 60 s, and never used twice. */
const LIFETIME_SECONDS = 60;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Says which device this is, not who holds it: one key per application and user. */
export class TrustIds {
  constructor(
    private readonly store: TrustKeyStore,
    private readonly appId: string,
    private readonly clock: Clock = systemClock,
  ) {}

  /** A fresh trust id (contracts §1.8). Undefined where this browser keeps no keys: a flow begins without one too. */
  async of(username: string): Promise<string | undefined> {
    try {
      const name = this.nameOf(username);
      const key = (await this.store.find(name)) ?? (await this.store.keep(name, await makeKey()));
      return await this.sign(key);
    } catch {
      return undefined;
    }
  }

  /** This device is a stranger from now on. */
  forget(username: string): Promise<void> {
    return this.store.forget(this.nameOf(username));
  }

  /** Servers compare names NFC and without case. */
  private nameOf(username: string): string {
    return `${this.appId.toLowerCase()}:${username.trim().normalize('NFC').toLowerCase()}`;
  }

  private async sign({ id, publicKey, privateKey }: TrustKey): Promise<string> {
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey);
    const exp = Math.floor(this.clock.now().getTime() / 1000) + LIFETIME_SECONDS;
    const signed = `${textOfJson({ alg: 'ES256', jwk: { kty, crv, x, y } })}.${textOfJson({ id, exp })}`;
    const signature = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      privateKey,
      new TextEncoder().encode(signed),
    );
    return `${signed}.${textOfBytes(signature)}`;
  }
}

async function makeKey(): Promise<TrustKey> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(ES256, false, ['sign', 'verify']);
  return { id: randomLetters(25), publicKey, privateKey };
}

function randomLetters(length: number): string {
  let letters = '';
  while (letters.length < length)
    for (const byte of crypto.getRandomValues(new Uint8Array(length)))
      // 252 is the last multiple of 36 in a byte: every letter is as likely as any other
      if (byte < 252 && letters.length < length) letters += LETTERS[byte % LETTERS.length];
  return letters;
}
