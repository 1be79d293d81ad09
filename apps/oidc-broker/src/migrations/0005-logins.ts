import type { Migration } from '@countersign/persistence';

export const loginsMigration: Migration = {
  name: '0005-logins',
  up: 'SELECT 1',
};
