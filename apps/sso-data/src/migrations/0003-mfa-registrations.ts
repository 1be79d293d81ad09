import type { Migration } from '@countersign/persistence';

/** What a user registered with each MFA provider, sealed. `key_id` as in sso_identifiers. */
export const mfaRegistrationsMigration: Migration = {
  name: '0003-mfa-registrations',
  up: `
    CREATE TABLE mfa_registrations (
      app_id text NOT NULL,
      username_key text NOT NULL,
      -- compared byte by byte, and listed in that order
      provider text COLLATE "C" NOT NULL,
      user_id text NOT NULL,
      sealed_value text NOT NULL,
      key_id text NOT NULL DEFAULT 'service',
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, username_key, provider),
      FOREIGN KEY (app_id, user_id) REFERENCES users
    );
    CREATE INDEX mfa_registrations_by_user ON mfa_registrations (app_id, user_id);
  `,
};
