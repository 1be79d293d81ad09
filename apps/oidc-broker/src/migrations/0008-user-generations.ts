import type { Migration } from '@countersign/persistence';

/**
 * Which state of a user something relies on: another one each time what the user has open ends, and never one that was
 * there before, also where a user is deleted and comes back.
 */
export const userGenerationsMigration: Migration = {
  name: '0008-user-generations',
  up: `
    CREATE SEQUENCE directory_generations;
    ALTER TABLE directory_users ADD COLUMN generation bigint NOT NULL DEFAULT nextval('directory_generations');
  `,
};
