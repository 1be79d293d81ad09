const FOUND = `r.id AS key, r.kind, r.payload, r.uid, extract(epoch FROM r.consumed_at)::float8 AS "consumedAt",
  extract(epoch FROM r.expires_at - clock_timestamp())::float8 AS "left", r.user_id AS "userId",
  (SELECT d.generation::text FROM directory_users d WHERE d.app_id = r.app_id AND d.user_id = r.user_id) AS generation`;
const ALIVE = 'r.expires_at > clock_timestamp()';

/** Under what the user of a record, and the login of an interaction, come along with it. No record has such a key. */
export const userKey = (userId: string): string => `User:${userId}`;
export const loginKey = (uid: string): string => `Login:${uid}`;
/** The login that comes along with the record of that key; undefined: none does. */
export const loginKeyOf = (key: string): string | undefined =>
  key.startsWith('Interaction:') ? loginKey(key.slice('Interaction:'.length)) : undefined;

/** A user without the password's hash, and a login in progress, as their repositories know them: JSON. */
const USER = `json_build_object('userId', d.user_id, 'username', d.username, 'name', d.name, 'enabled', d.enabled,
  'hasPassword', d.password_hash IS NOT NULL, 'createdAt', d.created_at, 'updatedAt', d.updated_at)::text`;
const LOGIN = `json_build_object('version', l.version, 'userId', l.user_id, 'proofs', l.proofs,
  'sealedState', l.sealed_state, 'result', l.result, 'expiresAt', extract(epoch FROM l.expires_at)::float8)::text`;

/**
 * A record, and what whoever asks for it asks for next: its grant, its session, its user, and the login of an interaction.
 * One statement for all: each further one would cost more than all of them do. LIMIT makes each a search by its key: a
 * plan that was made while the tables were small would join them and read all of an application's rows later.
 */
export const FIND = `
  WITH hit AS MATERIALIZED (SELECT * FROM oidc_records r WHERE r.app_id = $1 AND r.id = $2 AND ${ALIVE})
  SELECT ${FOUND} FROM hit r
  UNION ALL
  SELECT b.* FROM hit h CROSS JOIN LATERAL (SELECT ${FOUND} FROM oidc_records r
    WHERE r.app_id = $1 AND r.id = 'Grant:' || h.grant_id AND ${ALIVE} LIMIT 1) b
  UNION ALL
  SELECT b.* FROM hit h CROSS JOIN LATERAL (SELECT ${FOUND} FROM oidc_records r
    WHERE r.app_id = $1 AND r.uid = h.session_uid AND ${ALIVE} LIMIT 1) b
  UNION ALL
  SELECT b.* FROM hit h CROSS JOIN LATERAL (
    SELECT 'User:' || d.user_id, 'User', ${USER}, NULL, NULL::float8, 0::float8, d.user_id, d.generation::text
    FROM directory_users d WHERE d.app_id = $1 AND d.user_id = h.user_id LIMIT 1) b
  UNION ALL
  SELECT b.* FROM hit h CROSS JOIN LATERAL (
    SELECT 'Login:' || l.uid, 'Login', ${LOGIN}, NULL, NULL::float8, 0::float8, l.user_id,
      (SELECT d.generation::text FROM directory_users d WHERE d.app_id = l.app_id AND d.user_id = l.user_id)
    FROM logins l WHERE l.app_id = $1 AND l.uid = substr(h.id, 13) AND l.expires_at > clock_timestamp() LIMIT 1) b
  WHERE h.kind = 'Interaction'`;

/** The session that others know by a uid. */
export const FIND_SESSION = `SELECT ${FOUND} FROM oidc_records r WHERE r.app_id = $1 AND r.uid = $2 AND ${ALIVE}`;
