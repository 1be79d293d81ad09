import { z } from 'zod';

/** Origins, by commas; `{app}` stands for an application's id. */
const origins = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim().toLowerCase().replace(/\/+$/, ''))
      .filter((entry) => entry !== ''),
  )
  .pipe(z.array(z.string().regex(/^https?:\/\/[a-z0-9.{}:[\]-]+$/, 'must be an origin')).max(20));

/** Host names, addresses and CIDR ranges, by commas. */
const hosts = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== ''),
);

/** 46 MiB. */
export const PASSWORD_HASH_KIB = 47_104;

/** What oidc-broker reads beyond what every service does. */
export const oidcBrokerEnvironment = z.object({
  /**
   * Origins that are issuers besides PUBLIC_URL, by commas; `{app}` is replaced by the application's id
   * (`https://{app}.id.example`). In development with a local PUBLIC_URL: this machine's names.
   */
  OIDC_ORIGINS: origins.default([]),
  /** Memory that hashing a password takes (argon2id), in KiB: 46 MiB, and in production not less (OWASP ASVS 5, appendix C). */
  PASSWORD_HASH_KIB: z
    .string()
    .regex(/^\d{1,7}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(8).max(1_048_576))
    .default(PASSWORD_HASH_KIB),
  /**
   * Clients that may be told of logouts (`backchannelLogoutUri`) though they are on a private network: host names, addresses
   * and CIDR ranges, by commas. In development this machine is among them.
   */
  BACKCHANNEL_LOGOUT_PRIVATE_HOSTS: hosts.default([]),
});
