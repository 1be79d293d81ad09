import type { Migration } from '@countersign/persistence';

/**
 * What the provider keeps, one table: sessions, interactions, pushed requests, codes, grants, tokens, used assertions.
 * Every key begins with the application, so that no statement can meet another's rows. Ids that are credentials are
 * kept as hashes.
 */
export const providerRecordsMigration: Migration = {
  name: '0001-provider-records',
  up: `
    CREATE TABLE oidc_records (
      app_id text NOT NULL,
      id text NOT NULL,
      kind text NOT NULL,
      payload text NOT NULL,
      user_id text,
      client_id text,
      grant_id text,
      uid text,
      session_uid text,
      expires_at timestamptz NOT NULL,
      consumed_at timestamptz,
      PRIMARY KEY (app_id, id)
    );
    CREATE INDEX oidc_records_grant ON oidc_records (app_id, grant_id) WHERE grant_id IS NOT NULL;
    CREATE INDEX oidc_records_session ON oidc_records (app_id, uid) WHERE uid IS NOT NULL;
    -- tokens are found by their grants: only what a user is asked for by name is indexed by user
    CREATE INDEX oidc_records_user ON oidc_records (app_id, user_id, client_id) WHERE kind IN ('Session', 'Grant');
    CREATE INDEX oidc_records_expiry ON oidc_records (expires_at);

    CREATE TABLE oidc_signing_keys (
      kid text PRIMARY KEY,
      app_id text NOT NULL,
      alg text NOT NULL CHECK (alg IN ('EdDSA', 'ES256', 'RS256')),
      status text NOT NULL CHECK (status IN ('active', 'retiring')),
      public_jwk jsonb NOT NULL CHECK (NOT public_jwk ? 'd'),
      sealed_private_jwk text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      retires_at timestamptz
    );
    -- two that find no key make one: the second insert meets this index
    CREATE UNIQUE INDEX oidc_signing_keys_one_active ON oidc_signing_keys (app_id, alg) WHERE status = 'active';
  `,
};
