import type { Migration } from '@countersign/persistence';

/**
 * External MFA tokens: every binding is a column and compared when the token is consumed. A token stands for a
 * flow, for a challenge, or for the login flows of its user that were open at `granted_at`; the CHECK leaves no
 * fourth kind, so a token that is bound to nothing cannot exist.
 */
export const externalTokensMigration: Migration = {
  name: '0004-external-tokens',
  up: `
    CREATE TABLE external_tokens (
      token_id uuid PRIMARY KEY,
      app_id text NOT NULL,
      token_hash text NOT NULL,
      key_id text NOT NULL,
      user_id text NOT NULL,
      context text NOT NULL CHECK (context IN ('login', 'transaction', 'event')),
      flow_id text,
      challenge_id text,
      subject_digest text,
      granted_at timestamptz,
      amr text[] NOT NULL,
      acr text NOT NULL,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL,
      consumed_at timestamptz,
      consumed_by text,
      -- 1 after the first redemption, more after repeats of the same attempt: the event is said once
      redemptions int NOT NULL DEFAULT 0,
      -- where its first event stands in the outbox, so that the second follows it
      outbox_shard smallint NOT NULL,
      CHECK (flow_id IS NOT NULL OR challenge_id IS NOT NULL OR (context = 'login' AND granted_at IS NOT NULL)),
      CHECK ((consumed_at IS NULL) = (consumed_by IS NULL))
    )
    -- room for the one update each row gets, on its own page and without touching an index
    WITH (fillfactor = 50);
    CREATE UNIQUE INDEX external_tokens_hash ON external_tokens (token_hash, app_id, flow_id) NULLS NOT DISTINCT;
    -- the newest token of a flow is the only one of it that can be redeemed
    CREATE INDEX external_tokens_newest ON external_tokens (app_id, flow_id, created_at, token_id) WHERE flow_id IS NOT NULL;
    -- for deletion; led by app_id, so that redeeming does not walk through a user's tokens
    CREATE INDEX external_tokens_user ON external_tokens (app_id, user_id);
    CREATE INDEX external_tokens_purge ON external_tokens USING brin (expires_at);
  `,
};
