import type { Migration } from '@countersign/persistence';

/**
 * Users whose values are kept here, and the tombstones of those who are gone. The row is what a write and an erasure
 * of the same user wait for each other on.
 */
export const usersMigration: Migration = {
  name: '0001-users',
  up: `
    CREATE TABLE users (
      app_id text NOT NULL,
      user_id text NOT NULL,
      -- null once erased: a tombstone names nobody
      username_key text,
      -- when mfa-orchestrator said that the name belongs to this id, by its clock
      resolved_at timestamptz,
      erased_at timestamptz,
      -- the user's own data key, sealed; null while values are sealed under the service's key
      data_key text,
      PRIMARY KEY (app_id, user_id),
      CHECK (erased_at IS NOT NULL OR (username_key IS NOT NULL AND resolved_at IS NOT NULL)),
      CHECK (erased_at IS NULL OR (username_key IS NULL AND data_key IS NULL))
    );
    CREATE INDEX users_by_name ON users (app_id, username_key) WHERE erased_at IS NULL;
  `,
};
