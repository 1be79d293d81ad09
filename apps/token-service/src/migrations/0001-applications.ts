import type { Migration } from '@countersign/persistence';

/** Applications (the tenants). `settings` holds what was set, not the defaults, so that new settings need no migration. */
export const applicationsMigration: Migration = {
  name: '0001-applications',
  up: `
    CREATE TABLE applications (
      app_id text PRIMARY KEY CHECK (app_id = lower(app_id)),
      name text NOT NULL,
      settings jsonb NOT NULL DEFAULT '{}',
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    -- a host name leads to one application only
    CREATE TABLE application_hosts (
      host text PRIMARY KEY CHECK (host = lower(host)),
      app_id text NOT NULL REFERENCES applications ON DELETE CASCADE
    );
    CREATE INDEX application_hosts_app ON application_hosts (app_id);
  `,
};
