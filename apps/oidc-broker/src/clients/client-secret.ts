import { createHash } from 'node:crypto';
import { randomToken } from '@countersign/kernel';

/** A new secret: `cs_` and 256 random bits. Shown once. */
export const newClientSecret = (): string => `cs_${randomToken(32)}`;

/** What is kept of a secret, and compared: its SHA-256, hexadecimal. It has too many bits to need more (NIST SP 800-63B-4 §3.1.2.2). */
export const clientSecretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');
