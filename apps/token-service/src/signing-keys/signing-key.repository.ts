import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SigningKeyEntity } from './signing-key.entity.ts';

const COLUMNS = `kid, app_id AS "appId", alg, status, public_jwk AS "publicJwk", sealed_private_jwk AS "sealedPrivateJwk",
  created_at AS "createdAt", retires_at AS "retiresAt"`;

/** A key as it is made. */
export type NewSigningKey = Omit<SigningKeyEntity, 'createdAt' | 'retiresAt'>;

/** The key's signatures hold, by the database's clock. */
export const PUBLISHED = (key: string) =>
  `(${key}.status = 'active' OR coalesce(${key}.retires_at, 'infinity') > clock_timestamp())`;

@Injectable()
export class SigningKeyRepository {
  constructor(private readonly database: Database) {}

  /** The key that signs for the application now. */
  async findActive(appId: string): Promise<SigningKeyEntity | undefined> {
    const rows = await this.database.query<SigningKeyEntity>(
      `SELECT ${COLUMNS} FROM signing_keys WHERE app_id = $1 AND status = 'active'`,
      [appId],
    );
    return rows[0];
  }

  /** Every key whose signatures hold: the active one first. */
  published(appId: string): Promise<SigningKeyEntity[]> {
    return this.database.query<SigningKeyEntity>(
      `SELECT ${COLUMNS} FROM signing_keys k WHERE app_id = $1 AND ${PUBLISHED('k')}
       ORDER BY status, created_at DESC`,
      [appId],
    );
  }

  /** Keeps `key` as the active one unless there is one already: of several that try at once, one stays. */
  async insertIfNone(key: NewSigningKey): Promise<void> {
    await this.database.query(`${INSERT} ON CONFLICT (app_id) WHERE status = 'active' DO NOTHING`, row(key));
  }

  /** Holds the application until the transaction ends, so that two rotations follow each other. */
  async lockApplication(tx: Tx, appId: string): Promise<void> {
    await tx.query('SELECT 1 FROM applications WHERE app_id = $1 FOR NO KEY UPDATE', [appId]);
  }

  /** How many keys of the application still verify. */
  async countPublished(tx: Tx, appId: string): Promise<number> {
    const counted = await tx.one<{ count: number }>(
      `SELECT count(*)::int AS count FROM signing_keys k WHERE app_id = $1 AND ${PUBLISHED('k')}`,
      [appId],
    );
    return counted?.count ?? 0;
  }

  /**
   * Puts `next` in the place of the active key, whose tokens hold for `overlapSeconds` more. With 0 those of earlier keys
   * end too: whoever has one of them need not have found out before it was replaced.
   */
  async replaceActive(tx: Tx, next: NewSigningKey, overlapSeconds: number): Promise<SigningKeyEntity> {
    await tx.query(
      `UPDATE signing_keys SET status = 'retiring',
         retires_at = least(retires_at, clock_timestamp() + make_interval(secs => $2::float8))
       WHERE app_id = $1 AND (status = 'active' OR $2::float8 = 0)`,
      [next.appId, overlapSeconds],
    );
    const made = await tx.one<SigningKeyEntity>(`${INSERT} RETURNING ${COLUMNS}`, row(next));
    if (!made) throw new Error('the signing key that was made is gone');
    return made;
  }

  /** Deletes keys whose end has come; answers how many. */
  async deleteRetired(): Promise<number> {
    const gone = await this.database.query(
      `DELETE FROM signing_keys WHERE status = 'retiring' AND retires_at <= clock_timestamp() RETURNING 1 AS one`,
    );
    return gone.length;
  }
}

const INSERT = `INSERT INTO signing_keys (kid, app_id, alg, status, public_jwk, sealed_private_jwk)
  VALUES ($1, $2, $3, $4, $5::jsonb, $6)`;

const row = (key: NewSigningKey): unknown[] => [
  ...[key.kid, key.appId, key.alg, key.status],
  ...[JSON.stringify(key.publicJwk), key.sealedPrivateJwk],
];
