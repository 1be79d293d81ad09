import type { Migration } from '@countersign/persistence';

/** What was said in the tokens of a completed flow: a repeat says the same, so a flow never has two access tokens. */
export const issuedTokensMigration: Migration = {
  name: '0005-issued-tokens',
  up: `
    CREATE TABLE issued_tokens (
      app_id text NOT NULL REFERENCES applications ON DELETE CASCADE,
      flow_id text NOT NULL,
      jti text NOT NULL UNIQUE,
      user_id text NOT NULL,
      claims jsonb NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (app_id, flow_id)
    );
    CREATE INDEX issued_tokens_user ON issued_tokens (user_id);
    CREATE INDEX issued_tokens_purge ON issued_tokens (expires_at);
  `,
};
