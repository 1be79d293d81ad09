import type { Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { USER_KEY_ID } from '../sealed-values/sealed-values.ts';
import { UserKeys, type WrappedKey } from './user-keys.ts';

/** A user as mfa-orchestrator just resolved them. `resolvedAt` is its time (ISO 8601). */
export interface ResolvedOwner {
  appId: string;
  userId: string;
  usernameKey: string;
  resolvedAt: string;
}

/** Another id that this name had: who of the two is gone is a matter of which was resolved later. */
export interface NameSake {
  userId: string;
  isNewer: boolean;
}

@Injectable()
export class UserRepository {
  constructor(private readonly keys: UserKeys) {}

  /** One write at a time for a name: until the transaction ends nobody else decides whose the name is. */
  async lockName(tx: Tx, appId: string, usernameKey: string): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`name:${appId}:${usernameKey}`]);
  }

  /**
   * Notes the user and holds the row until the transaction ends, so that no erasure runs beside it. Answers the user's
   * key, which is made where there is none. Undefined: erased.
   */
  hold(tx: Tx, owner: ResolvedOwner): Promise<WrappedKey | undefined> {
    const made = this.keys.make(owner.appId, owner.userId);
    return tx.one<WrappedKey>(
      // a row that the condition leaves alone is locked all the same
      `INSERT INTO users (app_id, user_id, username_key, resolved_at, data_key, data_key_kek)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (app_id, user_id) DO UPDATE
         SET resolved_at = greatest(users.resolved_at, excluded.resolved_at),
           data_key = coalesce(users.data_key, excluded.data_key),
           data_key_kek = CASE WHEN users.data_key IS NULL THEN excluded.data_key_kek ELSE users.data_key_kek END
         WHERE users.erased_at IS NULL
       RETURNING data_key AS "dataKey", data_key_kek AS "dataKeyKek"`,
      [owner.appId, owner.userId, owner.usernameKey, owner.resolvedAt, made.dataKey, made.dataKeyKek],
    );
  }

  /** Other ids, not erased, that the name had. Names are unique, so all but the latest are of deleted users. */
  nameSakes(tx: Tx, owner: ResolvedOwner): Promise<NameSake[]> {
    return tx.query<NameSake>(
      `SELECT user_id AS "userId", resolved_at > $4::timestamptz AS "isNewer" FROM users
       WHERE app_id = $1 AND username_key = $3 AND user_id <> $2 AND erased_at IS NULL FOR UPDATE`,
      [owner.appId, owner.userId, owner.usernameKey, owner.resolvedAt],
    );
  }

  /** Destroys the key and leaves a tombstone, with nothing on it but the id. True if there was none before. */
  async bury(tx: Tx, appId: string, userId: string): Promise<boolean> {
    const rows = await tx.query(
      `INSERT INTO users (app_id, user_id, erased_at) VALUES ($1, $2, clock_timestamp())
       ON CONFLICT (app_id, user_id) DO UPDATE
         SET erased_at = excluded.erased_at, username_key = NULL, resolved_at = NULL, data_key = NULL, data_key_kek = NULL
         WHERE users.erased_at IS NULL
       RETURNING user_id`,
      [appId, userId],
    );
    return rows.length === 1;
  }

  /** Holds the row until the transaction ends, as {@link hold} does, but makes nothing. False: unknown or erased. */
  async lock(tx: Tx, appId: string, userId: string): Promise<boolean> {
    const rows = await tx.query(
      'SELECT 1 FROM users WHERE app_id = $1 AND user_id = $2 AND erased_at IS NULL FOR UPDATE',
      [appId, userId],
    );
    return rows.length === 1;
  }

  /** Destroys the key of a user who is held, unless something sealed with it is left. True if there was one. */
  async destroyUnusedKey(tx: Tx, appId: string, userId: string): Promise<boolean> {
    const left = (table: string) => `NOT EXISTS (SELECT 1 FROM ${table} t
      WHERE t.app_id = users.app_id AND t.user_id = users.user_id`;
    const rows = await tx.query(
      `UPDATE users SET data_key = NULL, data_key_kek = NULL
       WHERE app_id = $1 AND user_id = $2 AND data_key IS NOT NULL
         AND ${left('sso_identifiers')} AND t.key_id = '${USER_KEY_ID}')
         AND ${left('mfa_registrations')} AND t.key_id = '${USER_KEY_ID}')
         AND ${left('third_party_data')})
       RETURNING user_id`,
      [appId, userId],
    );
    return rows.length === 1;
  }
}
