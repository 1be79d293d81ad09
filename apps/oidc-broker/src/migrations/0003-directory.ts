import type { Migration } from '@countersign/persistence';

/** Users who sign in here, and the tombstones of those who were deleted. */
export const directoryMigration: Migration = {
  name: '0003-directory',
  up: `
    CREATE TABLE directory_users (
      app_id text NOT NULL,
      user_id text NOT NULL,
      -- as it was given; compared by username_key
      username text NOT NULL,
      username_key text COLLATE "C" NOT NULL,
      name text,
      enabled boolean NOT NULL DEFAULT true,
      -- argon2id with its parameters, under a pepper; null: no password, other factors only
      password_hash text,
      -- when mfa-orchestrator said that the name belongs to this id, by its clock
      resolved_at timestamptz NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, user_id),
      UNIQUE (app_id, username_key)
    );
    -- ids of users whom mfa-orchestrator deleted: nothing of them may be written any more
    CREATE TABLE erased_users (
      app_id text NOT NULL,
      user_id text NOT NULL,
      erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, user_id)
    );
  `,
};
