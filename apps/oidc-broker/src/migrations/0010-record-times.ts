import type { Migration } from '@countersign/persistence';

/**
 * What ending a user's records decides on, beside the payload: payloads hold what clients and browsers sent, and jsonb
 * refuses some of that (U+0000, half characters). Rows of before count as old.
 */
export const recordTimesMigration: Migration = {
  name: '0010-record-times',
  up: `
    -- seconds since the epoch: when the user was let in, or else when it began or was issued
    ALTER TABLE oidc_records ADD COLUMN shown_at float8;
    -- of an interaction: it ended with a second factor that was shown
    ALTER TABLE oidc_records ADD COLUMN is_second_factor boolean;
  `,
};
