import { Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { IssuedTokenEntity } from './issued-token.entity.ts';

@Injectable()
export class IssuedTokenRepository {
  constructor(private readonly database: Database) {}

  /**
   * Keeps `wanted` as what this flow's tokens say, unless something is kept already; answers what is kept. One
   * statement: two that issue for the same flow at once get the same row.
   */
  async keepFirst(wanted: IssuedTokenEntity): Promise<IssuedTokenEntity> {
    const rows = await this.database.query<IssuedTokenEntity>(
      `INSERT INTO issued_tokens (app_id, flow_id, jti, user_id, claims, expires_at)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6)
       ON CONFLICT (app_id, flow_id) DO UPDATE SET flow_id = excluded.flow_id
       RETURNING app_id AS "appId", flow_id AS "flowId", jti, user_id AS "userId", claims, expires_at AS "expiresAt"`,
      [
        wanted.appId,
        wanted.flowId,
        wanted.jti,
        wanted.userId,
        JSON.stringify(wanted.claims),
        wanted.expiresAt,
      ],
    );
    if (!rows[0]) throw new Error('the issued token vanished');
    return rows[0];
  }

  /** Whether a token of that id was issued for the application and its user is still there. */
  async isKnown(appId: string, jti: string): Promise<boolean> {
    const rows = await this.database.query(
      'SELECT 1 AS one FROM issued_tokens WHERE app_id = $1 AND jti = $2',
      [appId, jti],
    );
    return rows.length === 1;
  }

  /** Forgets what was issued to a deleted user; their access tokens verify no more. */
  async forgetUser(tx: Tx, appId: string, userId: string): Promise<void> {
    await tx.query('DELETE FROM issued_tokens WHERE app_id = $1 AND user_id = $2', [appId, userId]);
  }

  /** Deletes up to 1000 rows whose tokens ended more than a day ago; answers how many. */
  async purge(): Promise<number> {
    const gone = await this.database.query(
      `DELETE FROM issued_tokens WHERE (app_id, flow_id) IN (SELECT app_id, flow_id FROM issued_tokens
         WHERE expires_at < clock_timestamp() - interval '1 day' LIMIT 1000) RETURNING 1 AS one`,
    );
    return gone.length;
  }
}
