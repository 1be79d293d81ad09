import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { SigningKeyEntity } from './signing-key.entity.ts';

const COLUMNS = `kid, app_id AS "appId", alg, status, public_jwk AS "publicJwk", sealed_private_jwk AS "sealedPrivateJwk"`;

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
      `SELECT ${COLUMNS} FROM signing_keys WHERE app_id = $1 ORDER BY status, created_at DESC`,
      [appId],
    );
  }

  /** Keeps `key` as the active one unless there is one already: of several that try at once, one stays. */
  async insertIfNone(key: SigningKeyEntity): Promise<void> {
    await this.database.query(
      `INSERT INTO signing_keys (kid, app_id, alg, status, public_jwk, sealed_private_jwk)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6)
       ON CONFLICT (app_id) WHERE status = 'active' DO NOTHING`,
      [key.kid, key.appId, key.alg, key.status, JSON.stringify(key.publicJwk), key.sealedPrivateJwk],
    );
  }
}
