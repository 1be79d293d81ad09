import type { Migration } from '@countersign/persistence';

/** API keys: only the SHA-256 of a key is kept. A revoked key stays, so that lists can say when it ended. */
export const apiKeysMigration: Migration = {
  name: '0002-api-keys',
  up: `
    CREATE TABLE api_keys (
      key_id text PRIMARY KEY,
      app_id text NOT NULL REFERENCES applications ON DELETE CASCADE,
      name text NOT NULL,
      key_hash text NOT NULL UNIQUE,
      scopes text[] NOT NULL,
      constraints jsonb NOT NULL DEFAULT '{}',
      created_by text,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz,
      revoked_at timestamptz
    );
    -- key ids are UUIDs of version 7: their order is that of creation
    CREATE INDEX api_keys_list ON api_keys (app_id, key_id DESC);
  `,
};
