import type { Migration } from '@countersign/persistence';

/** What was asked to be read anew, which instances there are, and which of them have done so. */
export const cacheMigration: Migration = {
  name: '0008-cache',
  up: `
    CREATE TABLE cache_invalidations (
      id text PRIMARY KEY,
      app_id text NOT NULL,
      table_name text NOT NULL,
      requested_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE INDEX cache_invalidations_by_age ON cache_invalidations (requested_at);
    CREATE TABLE cache_reports (
      invalidation_id text NOT NULL REFERENCES cache_invalidations ON DELETE CASCADE,
      instance text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (invalidation_id, instance)
    );
    CREATE TABLE cache_instances (
      instance text PRIMARY KEY,
      started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
  `,
};
