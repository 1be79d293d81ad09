import type { Migration } from '@countersign/persistence';

export const clientsMigration: Migration = {
  name: '0002-clients',
  up: 'SELECT 1',
};
