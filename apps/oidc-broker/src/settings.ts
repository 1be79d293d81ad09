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

/** What oidc-broker reads beyond what every service does. */
export const oidcBrokerEnvironment = z.object({
  /**
   * Origins that are issuers besides PUBLIC_URL, by commas; `{app}` is replaced by the application's id
   * (`https://{app}.id.example`). In development with a local PUBLIC_URL: this machine's names.
   */
  OIDC_ORIGINS: origins.default([]),
});
