import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';

/** An administrator's sign-in to the page. */
export interface AdminSession {
  userId: string;
  /** The provider's session it came of: when that ends, so does this. */
  sessionUid: string;
}

/** Security 15, banking preset: without a request, and altogether. In seconds. */
const ADMIN_IDLE_SECONDS = 900;
export const ADMIN_SESSION_SECONDS = 28_800;

/** Sign-ins of administrators, by the hash of their cookie; the database's clock decides. */
@Injectable()
export class AdminSessionRepository {
  constructor(private readonly database: Database) {}

  async insert(tokenHash: string, { userId, sessionUid }: AdminSession): Promise<void> {
    await this.database.query(
      'INSERT INTO admin_sessions (token_hash, user_id, session_uid) VALUES ($1, $2, $3)',
      [tokenHash, userId, sessionUid],
    );
  }

  /** The session, whose idle time begins anew; undefined where it has ended. */
  async touch(tokenHash: string): Promise<AdminSession | undefined> {
    const [row] = await this.database.query<AdminSession>(
      `UPDATE admin_sessions SET last_seen_at = clock_timestamp()
       WHERE token_hash = $1 AND last_seen_at > clock_timestamp() - $2 * interval '1 second'
         AND created_at > clock_timestamp() - $3 * interval '1 second'
       RETURNING user_id AS "userId", session_uid AS "sessionUid"`,
      [tokenHash, ADMIN_IDLE_SECONDS, ADMIN_SESSION_SECONDS],
    );
    return row;
  }

  async delete(tokenHash: string): Promise<void> {
    await this.database.query('DELETE FROM admin_sessions WHERE token_hash = $1', [tokenHash]);
  }

  /** Deletes what has ended; answers how many. */
  async sweep(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM admin_sessions WHERE last_seen_at <= clock_timestamp() - $1 * interval '1 second'
         OR created_at <= clock_timestamp() - $2 * interval '1 second' RETURNING 1 AS one`,
      [ADMIN_IDLE_SECONDS, ADMIN_SESSION_SECONDS],
    );
    return rows.length;
  }
}
