import type { Migration } from '@countersign/persistence';

/** How an application's pages look, and who looks at the administrators' page. */
export const themesMigration: Migration = {
  name: '0006-themes',
  up: `
    CREATE TABLE themes (
      app_id text PRIMARY KEY,
      name text NOT NULL,
      colour text NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),
      -- PNG
      logo bytea,
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE admin_sessions (
      -- SHA-256 of what stands in the cookie
      token_hash text PRIMARY KEY,
      user_id text NOT NULL,
      -- of the provider's session it came of
      session_uid text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX admin_sessions_by_age ON admin_sessions (last_seen_at);
  `,
};
