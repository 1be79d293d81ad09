import { hmac } from '@countersign/security';
import type { Draw } from './grids.decide.ts';

const WORD = 2 ** 32;

/** Numbers that are the same for the same key and parts, and look like chance to who has no key (HMAC-SHA-256, by a counter). */
export function keyedDraws(key: Uint8Array, ...parts: string[]): Draw {
  let block = Buffer.alloc(0);
  let at = 0;
  let counter = 0;
  const word = (): number => {
    if (at === block.length) {
      block = Buffer.from(hmac(key, ...parts, String(counter++)), 'base64url');
      at = 0;
    }
    at += 4;
    return block.readUInt32BE(at - 4);
  };
  return (below) => {
    // the last incomplete run of numbers is left out: a remainder alone would prefer the small ones (OTP-15)
    const end = WORD - (WORD % below);
    let drawn = word();
    while (drawn >= end) drawn = word();
    return drawn % below;
  };
}

/** A gap of mean 1, exponentially distributed, that is the same for the same key and parts. */
export function keyedGap(key: Uint8Array, ...parts: string[]): number {
  const bits = Buffer.from(hmac(key, ...parts), 'base64url').readUIntBE(0, 6);
  return -Math.log(1 - bits / 2 ** 48);
}
