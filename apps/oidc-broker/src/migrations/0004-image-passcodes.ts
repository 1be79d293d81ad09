import type { Migration } from '@countersign/persistence';

export const imagePasscodesMigration: Migration = {
  name: '0004-image-passcodes',
  up: 'SELECT 1',
};
