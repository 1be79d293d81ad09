import type { Migration } from '@countersign/persistence';

export const loginChallenges: Migration = {
  name: '0004-login-challenges',
  up: `
-- what oidc-broker demanded for a login, and what was shown before: no secret, only which factor and when
CREATE TABLE login_challenges (
  challenge_id uuid PRIMARY KEY REFERENCES challenges (id) ON DELETE CASCADE,
  user_id text NOT NULL,
  login_id text NOT NULL,
  requires text NOT NULL,
  given jsonb NOT NULL,
  UNIQUE (user_id, login_id, requires)
);
`,
};
