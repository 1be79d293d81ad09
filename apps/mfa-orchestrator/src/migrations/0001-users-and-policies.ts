import type { Migration } from '@countersign/persistence';

export const usersAndPolicies: Migration = {
  name: '0001-users-and-policies',
  up: `
CREATE TABLE users (
  id text PRIMARY KEY,
  app_id text NOT NULL,
  username text NOT NULL,
  username_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- set by the first completed flow: from then on the user signs in rather than up
  registered_at timestamptz,
  -- whether sso-data last had values for this user: if so, an unreachable sso-data must not read as "none"
  has_mfa_context boolean NOT NULL DEFAULT false,
  UNIQUE (app_id, username_key)
);

CREATE TABLE policies (
  app_id text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (app_id, name)
);

CREATE TABLE patrol_rules (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  name text NOT NULL,
  definition jsonb NOT NULL,
  enabled boolean NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (app_id, name)
);
CREATE INDEX patrol_rules_enabled ON patrol_rules (app_id) WHERE enabled;

-- after "that was not me": actions that match the rule are denied for this user without a prompt
CREATE TABLE mutes (
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  rule_id uuid NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (user_id, rule_id)
);
`,
};
