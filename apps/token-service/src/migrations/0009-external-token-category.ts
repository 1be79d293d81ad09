import type { Migration } from '@countersign/persistence';

/** What the check that is vouched for counts as, as the key's constraint said when it vouched. */
export const externalTokenCategoryMigration: Migration = {
  name: '0009-external-token-category',
  up: `
    ALTER TABLE external_tokens
      ADD COLUMN category text NOT NULL DEFAULT 'knowledge'
        CHECK (category IN ('knowledge', 'possession', 'inherence')),
      -- a flow may be begun without a user's name, a token never vouches for nobody
      ADD CHECK (user_id <> '');
  `,
};
