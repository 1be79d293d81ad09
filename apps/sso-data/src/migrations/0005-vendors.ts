import type { Migration } from '@countersign/persistence';

/** Vendors, data elements, and which elements a vendor's install plan names (seed: VendorID, ThirdPartyDataElements, db_plan). */
export const vendorsMigration: Migration = {
  name: '0005-vendors',
  up: `
    CREATE TABLE vendors (
      app_id text NOT NULL,
      vendor text COLLATE "C" NOT NULL,
      name text NOT NULL,
      handler_url text NOT NULL,
      -- what users are told where a launch leads nowhere and the vendor says nothing
      end_user_error_message text,
      -- of the install plan
      ui_text_prefix text,
      installed_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, vendor)
    );
    CREATE TABLE third_party_data_elements (
      app_id text NOT NULL,
      name text COLLATE "C" NOT NULL,
      description text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (app_id, name)
    );
    CREATE TABLE vendor_elements (
      app_id text NOT NULL,
      vendor text COLLATE "C" NOT NULL,
      element text COLLATE "C" NOT NULL,
      -- whether the plan made the element: uninstalling takes back only what was made
      made boolean NOT NULL,
      PRIMARY KEY (app_id, vendor, element),
      FOREIGN KEY (app_id, vendor) REFERENCES vendors,
      FOREIGN KEY (app_id, element) REFERENCES third_party_data_elements
    );
    CREATE INDEX vendor_elements_by_element ON vendor_elements (app_id, element);
  `,
};
