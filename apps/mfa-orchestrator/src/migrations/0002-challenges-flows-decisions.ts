import type { Migration } from '@countersign/persistence';

export const challengesFlowsDecisions: Migration = {
  name: '0002-challenges-flows-decisions',
  up: `
CREATE TABLE challenges (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL,
  username text NOT NULL,
  username_key text NOT NULL,
  context text NOT NULL,
  status text NOT NULL,
  audit_action_id text,
  audit_action_name text,
  session_id text,
  transaction_ids text[],
  payload text,
  requires text[] NOT NULL,
  rule_ids uuid[] NOT NULL DEFAULT '{}',
  because text[] NOT NULL,
  subject_digest text NOT NULL,
  -- false where the budget denied it before anybody was asked
  prompted boolean NOT NULL,
  -- tries begun (counted before the proof is looked at), and those that turned out wrong
  attempts integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX challenges_due ON challenges (expires_at) WHERE status = 'pending';
CREATE INDEX challenges_listed ON challenges (app_id, created_at, id);
CREATE INDEX challenges_of_user ON challenges (user_id, created_at);

CREATE TABLE begin_tickets (
  id uuid PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  app_id text NOT NULL,
  challenge_id uuid NOT NULL REFERENCES challenges (id) ON DELETE CASCADE,
  user_id text NOT NULL,
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  consumed_by text
);
CREATE INDEX begin_tickets_expired ON begin_tickets (expires_at);

CREATE TABLE flows (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL,
  username text NOT NULL,
  username_key text NOT NULL,
  kind text NOT NULL,
  context text NOT NULL,
  challenge_id uuid REFERENCES challenges (id) ON DELETE CASCADE,
  policies text[] NOT NULL,
  status text NOT NULL,
  -- begun with a ticket or an access token: the user was known before the flow
  authenticated boolean NOT NULL,
  -- has a ticket, an access token or a proof: neither blocked nor evicted by unproven flows
  proven boolean NOT NULL,
  client_address text NOT NULL,
  payload text,
  subject_digest text,
  attempts integer NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  version integer NOT NULL DEFAULT 1,
  session_hash text NOT NULL UNIQUE,
  previous_session_hash text UNIQUE,
  -- hash of route and body of the step that made this version: only its repeat may use the previous session
  last_step text,
  stepped_at timestamptz,
  result_signature text,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX flows_due ON flows (expires_at) WHERE status = 'open';
CREATE INDEX flows_completing ON flows (stepped_at) WHERE status = 'completing';
CREATE INDEX flows_of_challenge ON flows (challenge_id) WHERE status = 'open';
CREATE INDEX flows_unproven ON flows (app_id, client_address) WHERE status = 'open' AND NOT proven;
CREATE INDEX flows_of_user ON flows (user_id);
CREATE INDEX flows_old ON flows (expires_at);
CREATE INDEX flows_proven ON flows (user_id) WHERE status = 'open' AND proven;

CREATE TABLE proofs (
  flow_id uuid NOT NULL REFERENCES flows (id) ON DELETE CASCADE,
  reference text NOT NULL,
  factor text NOT NULL,
  acr text NOT NULL,
  amr text[] NOT NULL,
  shown_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (flow_id, reference)
);

CREATE TABLE audit_actions (
  app_id text NOT NULL,
  audit_action_id text NOT NULL,
  name text NOT NULL,
  session_id text,
  user_id text,
  subject_digest text NOT NULL,
  status text NOT NULL,
  challenge_id uuid,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (app_id, audit_action_id)
);
CREATE INDEX audit_actions_recorded ON audit_actions (received_at) WHERE status = 'recorded';

CREATE TABLE decisions (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL,
  audit_action_id text,
  challenge_id uuid,
  outcome text NOT NULL,
  subject_digest text NOT NULL,
  because text[] NOT NULL,
  decision text NOT NULL,
  -- for cooldown: the name and session of the audit action that was allowed
  action_name text,
  session_id text,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (app_id, audit_action_id),
  UNIQUE (challenge_id)
);
CREATE INDEX decisions_allowed ON decisions (user_id, session_id, made_at) WHERE outcome = 'allowed';

CREATE TABLE decision_keys (
  kid text PRIMARY KEY,
  app_id text NOT NULL,
  public_jwk jsonb NOT NULL,
  sealed_private_jwk text NOT NULL,
  status text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX decision_keys_active ON decision_keys (app_id) WHERE status = 'active';

-- what the stream of challenges replays; read in order of (txid, seq) below the oldest running transaction,
-- so that nothing that commits late is ever skipped
CREATE TABLE challenge_events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  app_id text NOT NULL,
  type text NOT NULL,
  challenge jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX challenge_events_read ON challenge_events (app_id, txid, seq);
CREATE INDEX challenge_events_old ON challenge_events (created_at);
`,
};
