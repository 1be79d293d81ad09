import type { Migration } from '@countersign/persistence';

/** Keys that an application's requests to vendors' handlers are signed with; the private halves sealed. */
export const handlerKeysMigration: Migration = {
  name: '0007-handler-keys',
  up: `
    CREATE TABLE handler_keys (
      kid text PRIMARY KEY,
      app_id text NOT NULL,
      public_jwk jsonb NOT NULL,
      sealed_private_jwk text NOT NULL,
      status text NOT NULL CHECK (status IN ('active', 'retired')),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE UNIQUE INDEX handler_keys_active ON handler_keys (app_id) WHERE status = 'active';
  `,
};
