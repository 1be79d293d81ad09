import type { Migration } from './migrations.ts';

/** Table of {@link Idempotency}. */
export const idempotencyMigration: Migration = {
  name: 'idempotency-0001-keys',
  up: `
    CREATE TABLE idempotency_keys (
      app_id text NOT NULL,
      key_id text NOT NULL,
      route text NOT NULL,
      key text NOT NULL,
      body_hash text NOT NULL,
      answer text,
      secret boolean NOT NULL DEFAULT false,
      resource_id text,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, key_id, route, key)
    );
    CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
  `,
};
