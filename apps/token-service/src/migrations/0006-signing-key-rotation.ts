import type { Migration } from '@countersign/persistence';

/** A retiring key is published until `retires_at`; then it verifies nothing more and is deleted. Null: without an end. */
export const signingKeyRotationMigration: Migration = {
  name: '0006-signing-key-rotation',
  up: `
    ALTER TABLE signing_keys ADD COLUMN retires_at timestamptz;
    CREATE INDEX signing_keys_retired ON signing_keys (retires_at) WHERE status = 'retiring';
  `,
};
