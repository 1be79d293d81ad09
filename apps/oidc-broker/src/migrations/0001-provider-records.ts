import type { Migration } from '@countersign/persistence';

export const providerRecordsMigration: Migration = {
  name: '0001-provider-records',
  up: 'SELECT 1',
};
