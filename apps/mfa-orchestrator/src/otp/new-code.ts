import { randomInt } from 'node:crypto';

/** A code of `length` decimal digits, each as likely as any other (OTP-15): at most 14 of them, randomInt's limit. */
export const newCode = (length: number): string => String(randomInt(10 ** length)).padStart(length, '0');
