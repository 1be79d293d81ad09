import type { Migration } from '@countersign/persistence';

/** Signing keys of applications' tokens: one active, any number retiring (still published, no longer signing). */
export const signingKeysMigration: Migration = {
  name: '0003-signing-keys',
  up: `
    CREATE TABLE signing_keys (
      kid text PRIMARY KEY,
      app_id text NOT NULL REFERENCES applications ON DELETE CASCADE,
      alg text NOT NULL CHECK (alg IN ('ES256')),
      status text NOT NULL CHECK (status IN ('active', 'retiring')),
      public_jwk jsonb NOT NULL CHECK (NOT public_jwk ? 'd'),
      sealed_private_jwk text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    -- two requests that find no key make one: the second insert meets this index
    CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (app_id) WHERE status = 'active';
    CREATE INDEX signing_keys_app ON signing_keys (app_id);
  `,
};
