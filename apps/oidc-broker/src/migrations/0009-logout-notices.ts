import type { Migration } from '@countersign/persistence';

/** Clients that are still to be told that a session of theirs has ended. A row goes with its delivery, or is given up. */
export const logoutNoticesMigration: Migration = {
  name: '0009-logout-notices',
  up: `
    CREATE TABLE logout_notices (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      app_id text NOT NULL,
      client_id text COLLATE "C" NOT NULL,
      user_id text NOT NULL,
      -- the session as the client knows it
      sid text NOT NULL,
      -- origin of the issuer that the user signed in at
      origin text NOT NULL,
      -- how often it was tried, the one under way included
      attempts smallint NOT NULL DEFAULT 0,
      -- when it is tried next; while it is being tried, when that counts as lost
      due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX logout_notices_due ON logout_notices (due_at);
  `,
};
