import type { Migration } from '@countersign/persistence';

/** Table of {@link Attempts}: one row per scope and key, with the end of its window. */
export const attemptsMigration: Migration = {
  name: 'attempts-0001-counters',
  up: `
    CREATE TABLE attempts (
      scope text NOT NULL,
      key text NOT NULL,
      count integer NOT NULL,
      refused integer NOT NULL,
      allowed boolean NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (scope, key)
    );
    CREATE INDEX attempts_expires_at ON attempts (expires_at);
  `,
};
