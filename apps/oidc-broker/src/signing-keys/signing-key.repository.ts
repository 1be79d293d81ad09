import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { SigningAlg } from '../clients/client.types.ts';
import type { NewSigningKey, SigningKey } from './signing-key.types.ts';

const COLUMNS = `kid, app_id AS "appId", alg, status, public_jwk AS "publicJwk",
  sealed_private_jwk AS "sealedPrivateJwk", created_at AS "createdAt", retires_at AS "retiresAt"`;
const PUBLISHED = `(status = 'active' OR retires_at > clock_timestamp())`;
const INSERT = `INSERT INTO oidc_signing_keys (kid, app_id, alg, status, public_jwk, sealed_private_jwk)
  VALUES ($1, $2, $3, 'active', $4::jsonb, $5)`;

const values = (key: NewSigningKey): unknown[] => [
  ...[key.kid, key.appId, key.alg],
  ...[JSON.stringify(key.publicJwk), key.sealedPrivateJwk],
];

/** The table `oidc_signing_keys`. */
@Injectable()
export class SigningKeyRepository {
  constructor(private readonly database: Database) {}

  /** Every key whose signatures hold: the active ones first. */
  published(appId: string): Promise<SigningKey[]> {
    return this.database.query<SigningKey>(
      `SELECT ${COLUMNS} FROM oidc_signing_keys WHERE app_id = $1 AND ${PUBLISHED}
       ORDER BY status, created_at DESC`,
      [appId],
      'oidc-signing-keys',
    );
  }

  /** Keeps `key` as the active one of its algorithm unless there is one: of several that try at once, one stays. */
  async insertIfNone(key: NewSigningKey): Promise<void> {
    await this.database.query(
      `${INSERT} ON CONFLICT (app_id, alg) WHERE status = 'active' DO NOTHING`,
      values(key),
    );
  }

  /**
   * Puts `next` in the place of the active key, whose signatures hold for `overlapSeconds` more. With 0 those of earlier
   * keys end too: whoever has one of them need not have found out before it was replaced.
   */
  async replaceActive(tx: Tx, next: NewSigningKey, overlapSeconds: number): Promise<SigningKey> {
    await tx.query(
      `UPDATE oidc_signing_keys SET status = 'retiring',
         retires_at = least(retires_at, clock_timestamp() + make_interval(secs => $3::float8))
       WHERE app_id = $1 AND alg = $2 AND (status = 'active' OR $3::float8 = 0)`,
      [next.appId, next.alg, overlapSeconds],
    );
    const made = await tx.one<SigningKey>(`${INSERT} RETURNING ${COLUMNS}`, values(next));
    if (!made) throw new Error('the signing key that was made is gone');
    return made;
  }

  /** Holds the application's keys until the transaction ends, so that two rotations follow each other. */
  async lock(tx: Tx, appId: string, alg: SigningAlg): Promise<void> {
    await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `oidc-signing-key:${appId}:${alg}`,
    ]);
  }

  async countPublished(tx: Tx, appId: string, alg: SigningAlg): Promise<number> {
    const counted = await tx.one<{ count: number }>(
      `SELECT count(*)::int AS count FROM oidc_signing_keys WHERE app_id = $1 AND alg = $2 AND ${PUBLISHED}`,
      [appId, alg],
    );
    return counted?.count ?? 0;
  }

  /** Deletes keys whose end has come; answers how many. */
  async deleteRetired(): Promise<number> {
    const gone = await this.database.query(
      `DELETE FROM oidc_signing_keys WHERE status = 'retiring' AND retires_at <= clock_timestamp()
       RETURNING 1 AS one`,
    );
    return gone.length;
  }
}
