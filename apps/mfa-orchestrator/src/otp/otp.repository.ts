import { consumeOnce, Database, type Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import {
  CODE_MAX_TRIES,
  TRIES_WINDOW_SECONDS,
  type Carried,
  type CodeBinding,
  type RightCode,
} from './otp.types.ts';

/** A code on its way into its row. The code itself is in none. */
export interface NewCode extends CodeBinding {
  contactId: string | null;
  codeHash: string;
  nonce: string;
  ttlSeconds: number;
  carries: Carried | null;
}

/** A live code whose try was counted. */
export interface TriedCode extends RightCode {
  nonce: string;
}

/** What is left of the tries: kept over a new code (NIST SP 800-63B-4 §3.1.3.2), unless the last one was right. */
const ANEW = `(o.consumed_at IS NOT NULL OR o.tried_since < clock_timestamp() - make_interval(secs => ${TRIES_WINDOW_SECONDS}))`;

/** One-time codes: one lives for each purpose. */
@Injectable()
export class OtpRepository {
  constructor(private readonly database: Database) {}

  /** Stores a code instead of the one before it; answers when it expires, by the database's clock. */
  async put(db: Tx | Database, code: NewCode): Promise<Date> {
    const [row] = await db.query<{ expiresAt: Date }>(
      `INSERT INTO otp_codes AS o (purpose, app_id, user_id, contact_id, code_hash, nonce, expires_at, carries)
       VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7), $8)
       ON CONFLICT (purpose) DO UPDATE SET app_id = excluded.app_id, user_id = excluded.user_id,
         contact_id = excluded.contact_id, code_hash = excluded.code_hash, nonce = excluded.nonce,
         expires_at = excluded.expires_at, carries = excluded.carries, created_at = clock_timestamp(),
         tries = CASE WHEN ${ANEW} THEN 0 ELSE o.tries END,
         tried_since = CASE WHEN ${ANEW} THEN clock_timestamp() ELSE o.tried_since END,
         consumed_at = NULL, consumed_by = NULL
       RETURNING expires_at AS "expiresAt"`,
      [
        ...[
          code.purpose,
          code.appId,
          code.userId,
          code.contactId,
          code.codeHash,
          code.nonce,
          code.ttlSeconds,
        ],
        code.carries === null ? null : JSON.stringify(code.carries),
      ],
      'put-otp-code',
    );
    return row!.expiresAt;
  }

  /** What the live or last code of a purpose is about; undefined if there was none. Counts nothing. */
  async peek({ purpose, appId, userId }: CodeBinding): Promise<Carried | undefined> {
    const [row] = await this.database.query<{ carries: Carried | null }>(
      'SELECT carries FROM otp_codes WHERE purpose = $1 AND app_id = $2 AND user_id = $3',
      [purpose, appId, userId],
      'peek-otp-code',
    );
    return row?.carries ?? undefined;
  }

  /** What the live code of a purpose is about; undefined if none lives, though its tries may be used up. Counts nothing. */
  async peekLive({ purpose, appId, userId }: CodeBinding): Promise<Carried | undefined> {
    const [row] = await this.database.query<{ carries: Carried | null }>(
      `SELECT carries FROM otp_codes WHERE purpose = $1 AND app_id = $2 AND user_id = $3
         AND consumed_at IS NULL AND expires_at > clock_timestamp()`,
      [purpose, appId, userId],
      'peek-live-otp-code',
    );
    return row && (row.carries ?? {});
  }

  /**
   * Counts one try of a live code and answers it; undefined if there is none, or no try is left. It commits by itself:
   * nothing later in the request takes the count back (invariant 3, OTP-03).
   */
  async try({ purpose, appId, userId }: CodeBinding): Promise<TriedCode | undefined> {
    const [row] = await this.database.query<TriedCode>(
      `UPDATE otp_codes SET tries = tries + 1
       WHERE purpose = $1 AND app_id = $2 AND user_id = $3 AND tries < ${CODE_MAX_TRIES}
         AND consumed_at IS NULL AND expires_at > clock_timestamp()
       RETURNING purpose, app_id AS "appId", user_id AS "userId", contact_id AS "contactId",
         code_hash AS "codeHash", nonce, carries`,
      [purpose, appId, userId],
      'try-otp-code',
    );
    return row;
  }

  /** Consumes a code, once, in the transaction of what it leads to; false if it is gone, overwritten or expired by now. */
  async consume(tx: Tx, code: RightCode, attempt: string): Promise<boolean> {
    const row = await consumeOnce(tx, {
      table: 'otp_codes',
      bindings: {
        purpose: code.purpose,
        app_id: code.appId,
        user_id: code.userId,
        contact_id: code.contactId,
        code_hash: code.codeHash,
      },
      attempt,
    });
    return row !== undefined;
  }

  /** Forgets the code of a purpose, and its tries. */
  async forget(db: Tx | Database, purpose: string): Promise<void> {
    await db.query('DELETE FROM otp_codes WHERE purpose = $1', [purpose]);
  }

  /** Removes codes nobody can use any more and whose tries no longer count; answers how many. */
  async purge(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM otp_codes WHERE ctid = ANY (ARRAY(SELECT ctid FROM otp_codes
         WHERE expires_at < clock_timestamp() - make_interval(secs => ${TRIES_WINDOW_SECONDS}) LIMIT 1000))
       RETURNING 1 AS one`,
    );
    return rows.length;
  }
}
