import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** A grant that was made; what it says stands in the token alone. */
export interface NewGrant {
  jti: string;
  appId: string;
  keyId: string;
  userId: string | null;
  expiresAt: Date;
}

@Injectable()
export class GrantTokenRepository {
  constructor(private readonly database: Database) {}

  async insert({ jti, appId, keyId, userId, expiresAt }: NewGrant): Promise<void> {
    await this.database.query(
      'INSERT INTO grant_tokens (jti, app_id, key_id, user_id, expires_at) VALUES ($1, $2, $3, $4, $5)',
      [jti, appId, keyId, userId, expiresAt],
    );
  }

  /** Ends a grant before its time. */
  async revoke(appId: string, jti: string): Promise<void> {
    await this.database.query(
      'UPDATE grant_tokens SET revoked_at = clock_timestamp() WHERE app_id = $1 AND jti = $2 AND revoked_at IS NULL',
      [appId, jti],
    );
  }

  /** Forgets the grants to a deleted user; they verify no more. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query('DELETE FROM grant_tokens WHERE app_id = $1 AND user_id = $2', [appId, userId]);
  }

  /** Deletes up to 1000 grants that ended more than a day ago; answers how many. */
  async purge(): Promise<number> {
    const gone = await this.database.query(
      `DELETE FROM grant_tokens WHERE jti IN (SELECT jti FROM grant_tokens
         WHERE expires_at < clock_timestamp() - interval '1 day' LIMIT 1000) RETURNING 1 AS one`,
    );
    return gone.length;
  }
}
