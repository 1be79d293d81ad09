import type { Migration } from '@countersign/persistence';

/**
 * What a remembered device relies on: mfa-orchestrator is asked whether it still stands by it (ST-17). Devices of before
 * name no flow, and are asked for MFA once more.
 */
export const deviceFlowsMigration: Migration = {
  name: '0011-device-flows',
  up: `
    -- policy of mfa-orchestrator → its flow that satisfied the policy on this device
    ALTER TABLE remembered_devices ADD COLUMN flows jsonb NOT NULL DEFAULT '{}';
  `,
};
