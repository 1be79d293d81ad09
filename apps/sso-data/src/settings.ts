import { z } from 'zod';

const keyEncryptionKey = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9_-]{43}=?$/, 'must be id:key, the key 32 bytes as base64url')
  .transform((entry) => {
    const [id, key] = entry.split(':') as [string, string];
    return { id, key: new Uint8Array(Buffer.from(key, 'base64url')) };
  });

/** Host names, addresses and CIDR ranges, by commas. */
const hosts = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== ''),
);

/** What sso-data reads beyond what every service does. */
export const ssoDataEnvironment = z.object({
  /**
   * Keys that users' data keys are encrypted with: `id:key` by commas, each key 32 bytes as base64url. The first
   * encrypts; the others only decrypt, until everything is moved to the first. Absent: one derived from MASTER_KEY,
   * which goes on decrypting when keys are named.
   */
  KEY_ENCRYPTION_KEYS: z
    .string()
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .pipe(z.array(keyEncryptionKey).min(1).max(10))
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'must not name an id twice')
    .refine((keys) => keys.every(({ id }) => id !== 'master'), 'must not use the id master')
    .optional(),
  /**
   * Vendors' handlers that may be called though they are on a private network, or without TLS: host names, addresses
   * and CIDR ranges, by commas. In development this machine is among them.
   */
  SSO_HANDLER_PRIVATE_HOSTS: hosts.default([]),
});
