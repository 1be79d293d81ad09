import type { Migration } from '@countersign/persistence';

/** One SSO identifier per user, sealed. `key_id` names the key: `service`, or later the user's own. */
export const ssoIdentifiersMigration: Migration = {
  name: '0002-sso-identifiers',
  up: `
    CREATE TABLE sso_identifiers (
      app_id text NOT NULL,
      username_key text NOT NULL,
      user_id text NOT NULL,
      sealed_value text NOT NULL,
      key_id text NOT NULL DEFAULT 'service',
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, username_key),
      FOREIGN KEY (app_id, user_id) REFERENCES users
    );
    CREATE INDEX sso_identifiers_by_user ON sso_identifiers (app_id, user_id);
  `,
};
