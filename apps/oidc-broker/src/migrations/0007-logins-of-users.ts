import type { Migration } from '@countersign/persistence';

/** What a user has under way ends with a new password or with the user (SES-06): by whom interactions and codes are found. */
export const loginsOfUsersMigration: Migration = {
  name: '0007-logins-of-users',
  up: `
    CREATE INDEX oidc_records_under_way ON oidc_records (app_id, user_id)
      WHERE kind IN ('Interaction', 'AuthorizationCode') AND user_id IS NOT NULL;
  `,
};
