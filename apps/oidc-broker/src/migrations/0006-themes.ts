import type { Migration } from '@countersign/persistence';

export const themesMigration: Migration = {
  name: '0006-themes',
  up: 'SELECT 1',
};
