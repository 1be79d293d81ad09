import type { Migration } from '@countersign/persistence';

/** Image passcodes of users, and what grids other names are shown. */
export const imagePasscodesMigration: Migration = {
  name: '0004-image-passcodes',
  up: `
    CREATE TABLE image_passcodes (
      app_id text NOT NULL,
      user_id text NOT NULL,
      -- the name that the grids are dealt by
      username_key text COLLATE "C" NOT NULL,
      generation integer NOT NULL,
      rounds smallint NOT NULL,
      grid_size smallint NOT NULL,
      -- argon2id of an HMAC, under a pepper; null once removed: the grids stay as they are
      verifier text,
      enrolled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      used_at timestamptz,
      -- when the user last added to the turnover
      moved_at timestamptz,
      PRIMARY KEY (app_id, user_id),
      UNIQUE (app_id, username_key)
    );
    CREATE TABLE image_passcode_apps (
      app_id text PRIMARY KEY,
      -- rows of image_passcodes
      known integer NOT NULL DEFAULT 0,
      -- how many times the average user's grids have changed
      turnover double precision NOT NULL DEFAULT 0,
      -- in order: [{"rounds", "gridSize", "since"}], since which turnover
      settings jsonb NOT NULL DEFAULT '[]'
    );
  `,
};
