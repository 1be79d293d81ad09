import type { Migration } from '@countersign/persistence';

/**
 * Clients, their secrets (SHA-256 only) and scopes. What a client may is one document: it is read and checked whole, and
 * a new member needs no migration. The protocol's own scopes have a row only where an application asks for MFA with one.
 */
export const clientsMigration: Migration = {
  name: '0002-clients',
  up: `
    CREATE TABLE oidc_clients (
      app_id text NOT NULL,
      client_id text COLLATE "C" NOT NULL,
      kind text NOT NULL CHECK (kind IN ('confidential', 'public')),
      settings jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, client_id)
    );
    CREATE TABLE oidc_client_secrets (
      secret_hash text PRIMARY KEY CHECK (secret_hash ~ '^[0-9a-f]{64}$'),
      app_id text NOT NULL,
      client_id text COLLATE "C" NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      -- null: until it is rotated
      expires_at timestamptz,
      FOREIGN KEY (app_id, client_id) REFERENCES oidc_clients ON DELETE CASCADE
    );
    CREATE INDEX oidc_client_secrets_client ON oidc_client_secrets (app_id, client_id);
    -- of several rotations at once one secret stays that is in force without end
    CREATE UNIQUE INDEX oidc_client_secrets_current ON oidc_client_secrets (app_id, client_id) WHERE expires_at IS NULL;
    CREATE TABLE oidc_scopes (
      app_id text NOT NULL,
      name text COLLATE "C" NOT NULL,
      -- null: the protocol's own, with only its demand for MFA set here
      description text,
      claims text[] NOT NULL DEFAULT '{}',
      mfa jsonb,
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, name)
    );
  `,
};
