import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import type { AnswerExtra, Flow, FlowRecord, FlowStatus } from './flow.types.ts';
import { FLOW_TTL_SECONDS, PREVIOUS_SESSION_SECONDS } from './flow.types.ts';

/** What a {@link Flow} is read from; the table goes by `f`. */
export const FLOW_COLUMNS = `f.id, f.app_id AS "appId", f.user_id AS "userId", f.username, f.username_key AS "usernameKey", f.kind,
  f.context, f.challenge_id AS "challengeId", f.policies, f.default_policy AS "defaultPolicy", f.enrols,
  f.device_id AS "deviceId", f.device_trusted AS "deviceTrusted", f.failed_factors AS "failedFactors",
  f.display_name AS "displayName", f.trace_id AS "traceId", f.result_extra AS "resultExtra", f.status, f.authenticated, f.proven, f.payload,
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
  | 'defaultPolicy'
  | 'enrols'
  | 'deviceId'
  | 'deviceTrusted'
  | 'displayName'
  | 'traceId'
  | 'authenticated'
  | 'proven'
  | 'payload'
  | 'subjectDigest'
> & { clientAddress: string; sessionHash: string; ttlSeconds: number; notAfter?: Date };

/** One step on: what it changes in the row. */
export interface FlowStep {
  status: FlowStatus;
  sessionHash: string;
  /** Hash of the request: only its repeat may use the session before. */
  step: string;
  resultSignature?: string | undefined;
  proven?: boolean;
  extra?: AnswerExtra | undefined;
  recorded?: FlowRecord;
  /** Who it is, where the flow was begun without a name. */
  user?: { id: string; username: string; usernameKey: string } | undefined;
}

/** How a session found its flow: as the current one, or as the one before the last step. */
export type SessionMatch = { flow: Flow; current: boolean };

/** Flows, their sessions and proofs. */
@Injectable()
export class FlowRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Tx, flow: NewFlow): Promise<Flow> {
    const row = await tx.one<Flow>(
      `INSERT INTO flows AS f (id, app_id, user_id, username, username_key, kind, context, challenge_id, policies,
         status, authenticated, proven, client_address, payload, subject_digest, session_hash, default_policy, enrols,
         device_id, device_trusted, display_name, trace_id, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, $12, $13, $14, $15, $18, $19, $20, $21, $22, $23,
         least(clock_timestamp() + make_interval(secs => $16), $17::timestamptz))
       RETURNING ${FLOW_COLUMNS}`,
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
        flow.defaultPolicy,
        flow.enrols,
        flow.deviceId,
        flow.deviceTrusted,
        flow.displayName,
        flow.traceId,
      ],
      'insert-flow',
    );
    return row!;
  }

  /**
   * The flow a session stands for: an open one, or one whose last step the session may repeat for a minute. A deleted
   * user's sessions stand for nothing.
   */
  async bySession(appId: string | undefined, sessionHash: string): Promise<SessionMatch | undefined> {
    const [row] = await this.database.query<Flow & { current: boolean }>(
      `SELECT ${FLOW_COLUMNS}, f.session_hash = $2 AS current FROM flows f
       WHERE ($1::text IS NULL OR f.app_id = $1)
         AND ((f.session_hash = $2 AND f.status = 'open' AND f.expires_at > clock_timestamp())
           OR (f.previous_session_hash = $2
             AND f.stepped_at > clock_timestamp() - make_interval(secs => ${PREVIOUS_SESSION_SECONDS})))
         AND (f.user_id = '' OR EXISTS (SELECT 1 FROM users u WHERE u.id = f.user_id))`,
      [appId ?? null, sessionHash],
      'flow-by-session',
    );
    if (!row) return undefined;
    const { current, ...flow } = row;
    return { flow, current };
  }

  /** The flow, whatever became of it; `open`: it is, and its time is not up. */
  async find(id: string): Promise<{ flow: Flow; open: boolean } | undefined> {
    const [row] = await this.database.query<Flow & { open: boolean }>(
      `SELECT ${FLOW_COLUMNS}, f.status = 'open' AND f.expires_at > clock_timestamp() AS open
       FROM flows f WHERE f.id = $1`,
      [id],
    );
    if (!row) return undefined;
    const { open, ...flow } = row;
    return { flow, open };
  }

  /** Locks the flow if it is open, not expired, and still at `version`. */
  async lockOpen(tx: Tx, id: string, version: number): Promise<Flow | undefined> {
    return tx.one<Flow>(
      `SELECT ${FLOW_COLUMNS} FROM flows f
       WHERE f.id = $1 AND f.version = $2 AND f.status = 'open' AND f.expires_at > clock_timestamp() FOR UPDATE`,
      [id, version],
      'lock-flow',
    );
  }

  /** Moves a locked flow one version on: its session becomes the previous one, good for a repeat of `step` alone. */
  async advance(tx: Tx, id: string, next: FlowStep): Promise<Flow> {
    const row = await tx.one<Flow>(
      `UPDATE flows f SET status = $2, version = version + 1, previous_session_hash = session_hash, session_hash = $3,
         last_step = $4, stepped_at = clock_timestamp(), result_signature = $5,
         expires_at = CASE WHEN $6 AND NOT proven
           THEN least(started_at + make_interval(secs => ${FLOW_TTL_SECONDS}),
             (SELECT c.expires_at FROM challenges c WHERE c.id = f.challenge_id)) ELSE expires_at END,
         proven = proven OR $6, result_extra = $7, recorded = coalesce($8, recorded),
         user_id = coalesce($9, user_id), username = coalesce($10, username),
         username_key = coalesce($11, username_key)
       WHERE id = $1 RETURNING ${FLOW_COLUMNS}`,
      [
        id,
        next.status,
        next.sessionHash,
        next.step,
        next.resultSignature ?? null,
        next.proven ?? false,
        next.extra ? JSON.stringify(next.extra) : null,
        next.recorded ? JSON.stringify(next.recorded) : null,
        next.user?.id ?? null,
        next.user?.username ?? null,
        next.user?.usernameKey ?? null,
      ],
      'advance-flow',
    );
    return row!;
  }

  /** Remembers that a factor failed in the flow: it shapes what is offered, and nothing else. */
  async markFailed(tx: Tx, id: string, factor: string): Promise<void> {
    await tx.query(
      `UPDATE flows SET failed_factors = array_append(failed_factors, $2)
       WHERE id = $1 AND NOT failed_factors @> ARRAY[$2]`,
      [id, factor],
    );
  }

  /** Puts another text into a locked flow: one version on, and without the proofs shown for the text before. */
  async replacePayload(
    tx: Tx,
    id: string,
    next: { payload: string; policies: string[]; sessionHash: string; step: string },
  ): Promise<Flow> {
    await tx.query(`DELETE FROM proofs WHERE flow_id = $1 AND factor <> 'login'`, [id]);
    const row = await tx.one<Flow>(
      `UPDATE flows f SET payload = $2, context = 'transaction', policies = $3, version = version + 1,
         previous_session_hash = session_hash, session_hash = $4, last_step = $5, stepped_at = clock_timestamp()
       WHERE id = $1 RETURNING ${FLOW_COLUMNS}`,
      [id, next.payload, next.policies, next.sessionHash, next.step],
    );
    return row!;
  }
}
