import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { WrappedKey } from './user-keys.ts';

/** A user's key, and whose it is. */
export interface HeldKey extends WrappedKey {
  appId: string;
  userId: string;
}

const COLUMNS =
  'u.app_id AS "appId", u.user_id AS "userId", u.data_key AS "dataKey", u.data_key_kek AS "dataKeyKek"';

@Injectable()
export class KeyRotationRepository {
  constructor(private readonly database: Database) {}

  /** A few users' keys of each key-encryption key in use. Jumps through the index: there may be millions of users. */
  samples(): Promise<HeldKey[]> {
    return this.database.query<HeldKey>(
      `WITH RECURSIVE keks (kek) AS (
         SELECT min(data_key_kek) FROM users WHERE data_key IS NOT NULL
         UNION ALL
         SELECT (SELECT min(data_key_kek) FROM users WHERE data_key IS NOT NULL AND data_key_kek > keks.kek)
         FROM keks WHERE keks.kek IS NOT NULL
       )
       SELECT s.* FROM keks CROSS JOIN LATERAL
         (SELECT ${COLUMNS} FROM users u WHERE u.data_key IS NOT NULL AND u.data_key_kek = keks.kek LIMIT 3) s`,
    );
  }

  /** How many users' keys each key-encryption key encrypts. */
  counts(): Promise<{ kek: string; users: number }[]> {
    return this.database.query(
      `SELECT data_key_kek AS kek, count(*)::int AS users FROM users WHERE data_key IS NOT NULL
       GROUP BY data_key_kek`,
    );
  }

  /** Holds users whose key is encrypted by one of `keks`, but not those of `aside` (`appId:userId`) or held by others. */
  lockByKek(tx: Tx, keks: readonly string[], aside: readonly string[], limit: number): Promise<HeldKey[]> {
    return tx.query<HeldKey>(
      `SELECT ${COLUMNS} FROM users u
       WHERE u.data_key IS NOT NULL AND u.data_key_kek = ANY ($1::text[])
         AND u.app_id || ':' || u.user_id <> ALL ($2::text[])
       LIMIT $3 FOR UPDATE SKIP LOCKED`,
      [keks, aside, limit],
    );
  }

  /** Sets the keys of users who are held. */
  async set(tx: Tx, keys: readonly HeldKey[]): Promise<void> {
    if (keys.length === 0) return;
    await tx.query(
      `UPDATE users u SET data_key = n.data_key, data_key_kek = n.data_key_kek
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (app_id, user_id, data_key, data_key_kek)
       WHERE u.app_id = n.app_id AND u.user_id = n.user_id AND u.erased_at IS NULL`,
      [
        keys.map(({ appId }) => appId),
        keys.map(({ userId }) => userId),
        keys.map(({ dataKey }) => dataKey),
        keys.map(({ dataKeyKek }) => dataKeyKek),
      ],
    );
  }
}
