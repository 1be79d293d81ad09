import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import type { Flow, FlowStatus } from './flow.types.ts';
import { FLOW_TTL_SECONDS, PREVIOUS_SESSION_SECONDS } from './flow.types.ts';

const COLUMNS = `f.id, f.app_id AS "appId", f.user_id AS "userId", f.username, f.username_key AS "usernameKey", f.kind,
  f.context, f.challenge_id AS "challengeId", f.policies, f.status, f.authenticated, f.proven, f.payload,
  f.subject_digest AS "subjectDigest", f.version, f.last_step AS "lastStep",
  f.result_signature AS "resultSignature", f.started_at AS "startedAt", f.expires_at AS "expiresAt",
  to_char(f.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "startedAtExact"`;

export type NewFlow = Pick<
  Flow,
  | 'id'
  | 'appId'
  | 'userId'
  | 'username'
  | 'usernameKey'
  | 'kind'
  | 'context'
  | 'challengeId'
  | 'policies'
  | 'authenticated'
  | 'proven'
  | 'payload'
  | 'subjectDigest'
> & { clientAddress: string; sessionHash: string; ttlSeconds: number; notAfter?: Date };

/** How a session found its flow: as the current one, or as the one before the last step. */
export type SessionMatch = { flow: Flow; current: boolean };

/** Flows, their sessions and proofs. */
@Injectable()
export class FlowRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, flow: NewFlow): Promise<Flow> {
    const row = await tx.one<Flow>(
      `INSERT INTO flows AS f (id, app_id, user_id, username, username_key, kind, context, challenge_id, policies,
         status, authenticated, proven, client_address, payload, subject_digest, session_hash, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13, $14, $15,
         least(clock_timestamp() + make_interval(secs => $16), $17::timestamptz))
       RETURNING ${COLUMNS}`,
      [
        flow.id,
        flow.appId,
        flow.userId,
        flow.username,
        flow.usernameKey,
        flow.kind,
        flow.context,
        flow.challengeId,
        flow.policies,
        flow.authenticated,
        flow.proven,
        flow.clientAddress,
        flow.payload,
        flow.subjectDigest,
        flow.sessionHash,
        flow.ttlSeconds,
        flow.notAfter ?? null,
      ],
    );
    return row!;
  }

  /**
   * The flow a session stands for: an open one, or one whose last step the session may repeat for a minute. A deleted
   * user's sessions stand for nothing.
   */
  async bySession(appId: string | undefined, sessionHash: string): Promise<SessionMatch | undefined> {
    const [row] = await this.database.query<Flow & { current: boolean }>(
      `SELECT ${COLUMNS}, f.session_hash = $2 AS current FROM flows f
       WHERE ($1::text IS NULL OR f.app_id = $1)
         AND ((f.session_hash = $2 AND f.status = 'open' AND f.expires_at > clock_timestamp())
           OR (f.previous_session_hash = $2
             AND f.stepped_at > clock_timestamp() - make_interval(secs => ${PREVIOUS_SESSION_SECONDS})))
         AND EXISTS (SELECT 1 FROM users u WHERE u.id = f.user_id)`,
      [appId ?? null, sessionHash],
    );
    if (!row) return undefined;
    const { current, ...flow } = row;
    return { flow, current };
  }

  async find(id: string): Promise<Flow | undefined> {
    const [row] = await this.database.query<Flow>(`SELECT ${COLUMNS} FROM flows f WHERE f.id = $1`, [id]);
    return row;
  }

  /** Locks the flow if it is open, not expired, and still at `version`. */
  async lockOpen(tx: Tx, id: string, version: number): Promise<Flow | undefined> {
    return tx.one<Flow>(
      `SELECT ${COLUMNS} FROM flows f
       WHERE f.id = $1 AND f.version = $2 AND f.status = 'open' AND f.expires_at > clock_timestamp() FOR UPDATE`,
      [id, version],
    );
  }

  /** Whether the flow is open and its time not up. */
  async isOpen(id: string): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT 1 FROM flows WHERE id = $1 AND status = 'open' AND expires_at > clock_timestamp()`,
      [id],
    );
    return rows.length > 0;
  }

  /** Moves a locked flow one version on: its session becomes the previous one, good for a repeat of `step` alone. */
  async advance(
    tx: Tx,
    id: string,
    next: {
      status: FlowStatus;
      sessionHash: string;
      step: string;
      resultSignature?: string;
      proven?: boolean;
    },
  ): Promise<Flow> {
    const row = await tx.one<Flow>(
      `UPDATE flows f SET status = $2, version = version + 1, previous_session_hash = session_hash, session_hash = $3,
         last_step = $4, stepped_at = clock_timestamp(), result_signature = $5,
         expires_at = CASE WHEN $6 AND NOT proven
           THEN least(started_at + make_interval(secs => ${FLOW_TTL_SECONDS}),
             (SELECT c.expires_at FROM challenges c WHERE c.id = f.challenge_id)) ELSE expires_at END,
         proven = proven OR $6
       WHERE id = $1 RETURNING ${COLUMNS}`,
      [id, next.status, next.sessionHash, next.step, next.resultSignature ?? null, next.proven ?? false],
    );
    return row!;
  }

  /** Ends an open flow without a step; undefined if it was not open. */
  async endOpen(tx: Tx, id: string, status: FlowStatus): Promise<Flow | undefined> {
    return tx.one<Flow>(
      `UPDATE flows f SET status = $2 WHERE id = $1 AND status = 'open' RETURNING ${COLUMNS}`,
      [id, status],
    );
  }

  /** Ends a completing flow, once; undefined if somebody else was faster. */
  async endCompleting(tx: Tx, id: string, status: 'completed' | 'failed'): Promise<Flow | undefined> {
    return tx.one<Flow>(
      `UPDATE flows f SET status = $2 WHERE id = $1 AND status = 'completing' RETURNING ${COLUMNS}`,
      [id, status],
    );
  }

  async endOpenOfChallenge(tx: Tx, challengeId: string, except?: string): Promise<Flow[]> {
    return tx.query<Flow>(
      `UPDATE flows f SET status = 'expired' WHERE challenge_id = $1 AND status = 'open'
         AND ($2::uuid IS NULL OR id <> $2) RETURNING ${COLUMNS}`,
      [challengeId, except ?? null],
    );
  }

  /** Ends what a user who is being deleted has begun, logins that are completing too: they must issue nothing more. */
  async endOpenOfUser(tx: Tx, userId: string): Promise<Flow[]> {
    return tx.query<Flow>(
      `UPDATE flows f SET status = 'abandoned' WHERE user_id = $1 AND status IN ('open', 'completing')
       RETURNING ${COLUMNS}`,
      [userId],
    );
  }

  async expireDue(tx: Tx, limit: number): Promise<Flow[]> {
    return tx.query<Flow>(
      `UPDATE flows f SET status = 'expired' WHERE id IN (
         SELECT id FROM flows WHERE status = 'open' AND expires_at <= clock_timestamp()
         ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING ${COLUMNS}`,
      [limit],
    );
  }

  /** Flows whose completion somebody began and did not end. In any order, so that none that cannot end starves others. */
  async stuckCompleting(limit: number): Promise<Flow[]> {
    return this.database.query<Flow>(
      `SELECT ${COLUMNS} FROM flows f
       WHERE f.status = 'completing' AND f.stepped_at < clock_timestamp() - interval '2 seconds'
       ORDER BY random() LIMIT $1`,
      [limit],
    );
  }

  /** Removes flows, with their proofs, that ended a month ago; answers how many. Decisions stay. */
  async purge(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM flows WHERE id IN (SELECT id FROM flows
         WHERE expires_at < clock_timestamp() - interval '30 days' AND status NOT IN ('open', 'completing')
         LIMIT 1000) RETURNING id`,
    );
    return rows.length;
  }
}
