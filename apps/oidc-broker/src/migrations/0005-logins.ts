import type { Migration } from '@countersign/persistence';

/** Logins in progress, and browsers that are remembered instead of MFA. */
export const loginsMigration: Migration = {
  name: '0005-logins',
  up: `
    CREATE TABLE logins (
      app_id text NOT NULL,
      -- the provider's interaction of the same id, which the browser's cookie is bound to
      uid text NOT NULL,
      -- another with each accepted submission: a form of an older page changes nothing
      version int NOT NULL,
      -- whose proofs these are; null until a proof or a hint said so
      user_id text,
      proofs jsonb NOT NULL,
      -- what was typed and what steps keep, sealed: people type passwords into the field of names
      sealed_state text NOT NULL,
      -- what the provider is told; set once, nothing changes after it
      result jsonb,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (app_id, uid)
    );
    CREATE INDEX logins_by_expiry ON logins (expires_at);
    CREATE INDEX logins_by_user ON logins (app_id, user_id) WHERE user_id IS NOT NULL;

    CREATE TABLE remembered_devices (
      app_id text NOT NULL,
      id text NOT NULL,
      user_id text NOT NULL,
      -- SHA-256 of the cookie, base64url
      token_hash text NOT NULL,
      -- policy of mfa-orchestrator → when it was satisfied on this device, seconds since the epoch
      policies jsonb NOT NULL,
      client_address text NOT NULL,
      user_agent text NOT NULL,
      issued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (app_id, id),
      UNIQUE (app_id, token_hash)
    );
    CREATE INDEX remembered_devices_by_user ON remembered_devices (app_id, user_id);
    CREATE INDEX remembered_devices_by_expiry ON remembered_devices (expires_at);
  `,
};
