import type { Migration } from '@countersign/persistence';

/**
 * A row of issued_tokens becomes a family: the tokens of one login, refreshed or not. Refresh tokens are derived, not
 * stored: the row says only which generation is the newest. `expires_at` is the end of everything in the family.
 */
export const refreshTokensMigration: Migration = {
  name: '0007-refresh-tokens',
  up: `
    ALTER TABLE issued_tokens
      ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
      -- absolute: refreshing does not move it. Null: there is no refresh token
      ADD COLUMN refresh_until timestamptz,
      -- 0: as issued; one more with each refresh
      ADD COLUMN generation int NOT NULL DEFAULT 0,
      ADD COLUMN rotated_at timestamptz,
      -- iat and exp of the newest generation, where it is not the first
      ADD COLUMN latest jsonb,
      -- the whole family: logout, revocation, a refresh token used twice
      ADD COLUMN revoked_at timestamptz,
      -- single access tokens
      ADD COLUMN revoked_generations int[] NOT NULL DEFAULT '{}';
  `,
};
