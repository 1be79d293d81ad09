import type { Migration } from '@countersign/persistence';

/**
 * A key per user: `users.data_key` (0001) holds it, sealed under the key-encryption key that `data_key_kek` names.
 * Values say which key they are sealed with: `service` (before this), or `user`.
 */
export const userKeysMigration: Migration = {
  name: '0004-user-keys',
  up: `
    ALTER TABLE users ADD COLUMN data_key_kek text;
    -- not the other way round: processes of the release before erase data_key and know nothing of data_key_kek
    ALTER TABLE users ADD CHECK (data_key IS NULL OR data_key_kek IS NOT NULL);
    CREATE INDEX users_by_kek ON users (data_key_kek) WHERE data_key IS NOT NULL;
    CREATE INDEX sso_identifiers_by_key ON sso_identifiers (app_id, user_id) WHERE key_id = 'service';
    CREATE INDEX mfa_registrations_by_key ON mfa_registrations (app_id, user_id) WHERE key_id = 'service';
  `,
};
