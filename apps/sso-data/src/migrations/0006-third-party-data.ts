import type { Migration } from '@countersign/persistence';

/** Values per user, vendor and element (seed: ThirdPartyData), sealed under the user's own key. */
export const thirdPartyDataMigration: Migration = {
  name: '0006-third-party-data',
  up: `
    -- a value that is deleted and set again is not the one that was shown before
    CREATE SEQUENCE third_party_data_versions;
    CREATE TABLE third_party_data (
      app_id text NOT NULL,
      user_id text NOT NULL,
      vendor text COLLATE "C" NOT NULL,
      element text COLLATE "C" NOT NULL,
      sealed_value text NOT NULL,
      -- another with each write: a launch saves only over what it has shown the vendor
      version bigint NOT NULL DEFAULT nextval('third_party_data_versions'),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, user_id, vendor, element),
      FOREIGN KEY (app_id, user_id) REFERENCES users,
      FOREIGN KEY (app_id, vendor) REFERENCES vendors,
      FOREIGN KEY (app_id, element) REFERENCES third_party_data_elements
    );
    CREATE INDEX third_party_data_by_vendor ON third_party_data (app_id, vendor);
    CREATE INDEX third_party_data_by_element ON third_party_data (app_id, element);
  `,
};
