import type { Migration } from '@countersign/persistence';

export const directoryMigration: Migration = {
  name: '0003-directory',
  up: 'SELECT 1',
};
