import type { Migration } from '@countersign/persistence';

/** Tokens that API keys granted: what each says stands in the token, the row is there so that it can be revoked. */
export const grantTokensMigration: Migration = {
  name: '0008-grant-tokens',
  up: `
    CREATE TABLE grant_tokens (
      jti text PRIMARY KEY,
      app_id text NOT NULL REFERENCES applications ON DELETE CASCADE,
      key_id text NOT NULL,
      -- null: names nobody
      user_id text CHECK (user_id <> ''),
      expires_at timestamptz NOT NULL,
      revoked_at timestamptz
    );
    CREATE INDEX grant_tokens_user ON grant_tokens (user_id);
    CREATE INDEX grant_tokens_purge ON grant_tokens (expires_at);
  `,
};
