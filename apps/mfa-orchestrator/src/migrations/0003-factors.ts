import type { Migration } from '@countersign/persistence';

export const factors: Migration = {
  name: '0003-factors',
  up: `
CREATE TABLE policy_versions (
  app_id text NOT NULL,
  name text NOT NULL,
  version integer NOT NULL,
  definition jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (app_id, name, version)
);
INSERT INTO policy_versions (app_id, name, version, definition) SELECT app_id, name, version, definition FROM policies;

-- the application itself has named the user (key, bus, another service), or management has reset them: nobody
-- registers openly under that name any more, factors or not
ALTER TABLE users ADD COLUMN vouched_at timestamptz;
UPDATE users SET vouched_at = created_at;
CREATE INDEX users_stray ON users (created_at) WHERE registered_at IS NULL AND vouched_at IS NULL;

-- begun without a user's name: the first proof says who it is; until then user_id is ''
ALTER TABLE flows
  -- the policies are the application's defaults, so that a policy's onceEnrolled holds
  ADD COLUMN default_policy boolean NOT NULL DEFAULT false,
  -- enrolment actions wanted beyond what policies demand, in order
  ADD COLUMN enrols text[] NOT NULL DEFAULT '{}',
  -- the device that came with a verified trust id
  ADD COLUMN device_id uuid,
  -- that device was trusted for this user when the flow began
  ADD COLUMN device_trusted boolean NOT NULL DEFAULT false,
  -- factors that failed in this flow: they shape what is offered
  ADD COLUMN failed_factors text[] NOT NULL DEFAULT '{}',
  -- more for the answer of the last step than its tokens: device, passkey; for its repeat
  ADD COLUMN result_extra jsonb,
  ADD COLUMN display_name text,
  -- the client's own name for this attempt
  ADD COLUMN trace_id text,
  -- what was enrolled and which policy versions held when the flow ended: for replays
  ADD COLUMN recorded jsonb;
CREATE INDEX flows_ended ON flows (app_id, started_at) WHERE recorded IS NOT NULL;

ALTER TABLE proofs
  -- distinct categories and authenticators are what policies count; the reference names the authenticator
  ADD COLUMN categories text[] NOT NULL DEFAULT '{}',
  -- which demanded thing it was shown for, and when, where that is not the time of the row (an earlier login)
  ADD COLUMN authenticated_at timestamptz;

CREATE TABLE passkeys (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id text NOT NULL,
  public_key bytea NOT NULL,
  algorithm integer NOT NULL,
  sign_count bigint NOT NULL,
  -- a counter that went backwards: the passkey may have been copied and satisfies nothing any more (WA-05)
  suspect boolean NOT NULL DEFAULT false,
  user_verified boolean NOT NULL,
  backup_eligible boolean NOT NULL,
  backed_up boolean NOT NULL,
  aaguid text NOT NULL,
  transports text[] NOT NULL DEFAULT '{}',
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz,
  last_used_from jsonb,
  UNIQUE (app_id, credential_id)
);
CREATE INDEX passkeys_of_user ON passkeys (user_id);

CREATE TABLE contacts (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  channel text NOT NULL,
  -- 'primary', 'secondary': what LoginID's option names say
  slot text NOT NULL,
  sealed_address text NOT NULL,
  -- HMAC of the normalised address: for finding it, and for budgets, without holding it
  address_hash text NOT NULL,
  verified_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (user_id, channel, slot),
  UNIQUE (user_id, channel, address_hash)
);

-- codes that were sent: one that lives for each purpose; a new one overwrites the old
CREATE TABLE otp_codes (
  -- 'flow:<id>' for a step, 'enrol:<flow id>' and 'contact:<id>' for verifying an address, 'login:<user id>' for one
  -- that was sent and 'device:<user id>' for one made with an access token (auth/otp)
  purpose text PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL,
  contact_id uuid,
  -- HMAC-SHA-256(pepper, purpose, nonce, code)
  code_hash text NOT NULL,
  nonce text NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  -- a new code keeps the tries of the one before it for an hour (NIST SP 800-63B-4 §3.1.3.2)
  tried_since timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  consumed_at timestamptz,
  consumed_by text,
  -- what the code vouches for beyond possession of the address: claims of the session that made it
  carries jsonb
);
CREATE INDEX otp_codes_old ON otp_codes (expires_at);

CREATE TABLE totp_secrets (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  sealed_secret text NOT NULL,
  -- set by the first right code; until then the secret satisfies nothing
  confirmed_at timestamptz,
  -- the flow that made an unconfirmed secret: no other may confirm it
  flow_id uuid,
  -- the last time step that was accepted: no step is accepted twice (RFC 6238 §5.2, OTP-10)
  last_step bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX totp_confirmed ON totp_secrets (user_id) WHERE confirmed_at IS NOT NULL;
CREATE INDEX totp_of_user ON totp_secrets (user_id);
-- a flow has one secret that waits for its first code, however often and from how many clients it is asked for
CREATE UNIQUE INDEX totp_pending ON totp_secrets (flow_id) WHERE confirmed_at IS NULL;

CREATE TABLE recovery_codes (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- codes come and go in sets of ten
  set_id uuid NOT NULL,
  salt text NOT NULL,
  code_hash text NOT NULL,
  -- the flow that made the set; until one of its codes was typed back the set satisfies nothing
  flow_id uuid,
  confirmed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  consumed_at timestamptz,
  consumed_by text
);
CREATE INDEX recovery_codes_of_user ON recovery_codes (user_id);
CREATE INDEX recovery_codes_pending ON recovery_codes (flow_id) WHERE confirmed_at IS NULL;

-- keys of devices, seen in trust ids (contracts 1.8). A device is never a proof.
CREATE TABLE devices (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  -- RFC 7638 thumbprint of the device's public key
  thumbprint text NOT NULL,
  kind text NOT NULL,
  trust_id text,
  -- client and system as the device told them; for the user's list
  described jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (app_id, thumbprint)
);
-- a device may be trusted for several users of one application, each for a time
CREATE TABLE device_trusts (
  device_id uuid NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
  user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  trusted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  trusted_until timestamptz NOT NULL,
  PRIMARY KEY (device_id, user_id)
);
CREATE INDEX device_trusts_of_user ON device_trusts (user_id);
CREATE INDEX device_trusts_old ON device_trusts (trusted_until);
CREATE INDEX devices_old ON devices (seen_at);
-- trust ids are single-use: their hashes, until they would have expired anyway
CREATE TABLE trust_id_uses (
  token_hash text PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX trust_id_uses_old ON trust_id_uses (expires_at);

-- e-mails and SMS: effects outside, each with a key, a lease and an outcome
CREATE TABLE messages (
  id uuid PRIMARY KEY,
  app_id text NOT NULL,
  -- no reference: the old address of a deleted user is still told
  user_id text NOT NULL,
  channel text NOT NULL,
  -- 'otp', 'verify-address', 'notice'
  kind text NOT NULL,
  -- address and text, encrypted; wiped once it is sent or given up
  sealed text,
  state text NOT NULL DEFAULT 'planned',
  attempts integer NOT NULL DEFAULT 0,
  provider text,
  failure text,
  -- after that nobody wants it any more: a code that has expired
  useless_after timestamptz NOT NULL,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz
);
CREATE INDEX messages_due ON messages (due_at) WHERE state IN ('planned', 'sending');
CREATE INDEX messages_old ON messages (created_at);
`,
};
