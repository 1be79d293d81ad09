import type { MfaContext } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import type { PromptHistory } from './budget.decide.ts';
import type { Challenge, ChallengeEnd, ChallengeStatus } from './challenge.types.ts';

const COLUMNS = `c.id, c.app_id AS "appId", c.user_id AS "userId", c.username, c.username_key AS "usernameKey",
  c.context, c.status, c.audit_action_id AS "auditActionId", c.audit_action_name AS "auditActionName",
  c.session_id AS "sessionId", c.transaction_ids AS "transactionIds", c.payload, c.requires, c.rule_ids AS "ruleIds",
  c.because, c.subject_digest AS "subjectDigest", c.prompted, c.failures,
  c.created_at AS "createdAt", c.expires_at AS "expiresAt"`;
const WITH_DECISION = `${COLUMNS}, d.decision FROM challenges c LEFT JOIN decisions d ON d.challenge_id = c.id`;

/** A challenge to be written. */
export type NewChallenge = Omit<Challenge, 'failures' | 'decision'>;

/** Challenges: flows somebody demanded. */
@Injectable()
export class ChallengeRepository {
  constructor(private readonly database: Database) {}

  /**
   * Writes a challenge, with what the stream tells of it, and marks its audit action: one statement, because audit
   * actions come in floods.
   */
  async insert(tx: Tx, fresh: NewChallenge, told: { type: string; challenge: object }): Promise<void> {
    await tx.query(
      `WITH told AS (INSERT INTO challenge_events (app_id, type, challenge) VALUES ($2, $20, $21)),
         action AS (UPDATE audit_actions SET status = 'challenged', user_id = $3, challenge_id = $1::uuid
           WHERE app_id = $2 AND audit_action_id = $8)
       INSERT INTO challenges (id, app_id, user_id, username, username_key, context, status, audit_action_id,
         audit_action_name, session_id, transaction_ids, payload, requires, rule_ids, because, subject_digest, prompted,
         created_at, expires_at, ended_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
         CASE WHEN $7 = 'pending' THEN NULL ELSE $18::timestamptz END)`,
      [
        ...[
          fresh.id,
          fresh.appId,
          fresh.userId,
          fresh.username,
          fresh.usernameKey,
          fresh.context,
          fresh.status,
        ],
        ...[fresh.auditActionId, fresh.auditActionName, fresh.sessionId, fresh.transactionIds, fresh.payload],
        ...[fresh.requires, fresh.ruleIds, fresh.because, fresh.subjectDigest, fresh.prompted],
        ...[fresh.createdAt, fresh.expiresAt, told.type, JSON.stringify(told.challenge)],
      ],
      'open-challenge',
    );
  }

  async find(appId: string | undefined, id: string): Promise<Challenge | undefined> {
    const [row] = await this.database.query<Challenge>(
      `SELECT ${WITH_DECISION} WHERE c.id = $1 AND ($2::text IS NULL OR c.app_id = $2)`,
      [id, appId ?? null],
    );
    return row;
  }

  /** Locks the challenge if it is pending and its time is not up; the database's clock decides. */
  async lockPending(tx: Tx, id: string): Promise<Challenge | undefined> {
    return tx.one<Challenge>(
      `SELECT ${COLUMNS}, NULL AS decision FROM challenges c
       WHERE c.id = $1 AND c.status = 'pending' AND c.expires_at > clock_timestamp() FOR UPDATE`,
      [id],
    );
  }

  /** Pending challenges whose time is up, in any order, so that none that cannot be ended starves others. */
  async due(limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      `SELECT id FROM challenges WHERE status = 'pending' AND expires_at <= clock_timestamp()
       ORDER BY random() LIMIT $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Locks a pending challenge whose time is up, unless another instance has it in hand. */
  async lockDue(tx: Tx, id: string): Promise<Challenge | undefined> {
    return tx.one<Challenge>(
      `SELECT ${COLUMNS}, NULL AS decision FROM challenges c
       WHERE c.id = $1 AND c.status = 'pending' AND c.expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED`,
      [id],
    );
  }

  async lockPendingOfUser(tx: Tx, userId: string): Promise<Challenge[]> {
    return tx.query<Challenge>(
      `SELECT ${COLUMNS}, NULL AS decision FROM challenges c WHERE c.user_id = $1 AND c.status = 'pending'
       ORDER BY c.id FOR UPDATE`,
      [userId],
    );
  }

  /** Ends a challenge that this transaction has locked. */
  async end(tx: Tx, id: string, status: ChallengeEnd): Promise<void> {
    await tx.query(
      'UPDATE challenges SET status = $2, ended_at = clock_timestamp(), version = version + 1 WHERE id = $1',
      [id, status],
    );
  }

  /** A pending challenge of the user that covers one of the transactions with another subject. */
  async conflicting(
    tx: Tx,
    userId: string,
    transactionIds: string[],
    subjectDigest: string,
  ): Promise<string | undefined> {
    const row = await tx.one<{ id: string }>(
      `SELECT id FROM challenges WHERE user_id = $1 AND context = 'transaction' AND status = 'pending'
         AND transaction_ids && $2::text[] AND subject_digest <> $3 LIMIT 1`,
      [userId, transactionIds, subjectDigest],
    );
    return row?.id;
  }

  async list(filter: {
    appId: string;
    usernameKey?: string;
    statuses?: ChallengeStatus[];
    before?: { createdAt: string; id: string };
    limit: number;
  }): Promise<Challenge[]> {
    return this.database.query<Challenge>(
      `SELECT ${WITH_DECISION} WHERE c.app_id = $1 AND ($2::text IS NULL OR c.username_key = $2)
         AND ($3::text[] IS NULL OR c.status = ANY($3))
         AND ($4::timestamptz IS NULL OR (c.created_at, c.id) < ($4, $5::uuid))
       ORDER BY c.created_at DESC, c.id DESC LIMIT $6`,
      [
        filter.appId,
        filter.usernameKey ?? null,
        filter.statuses ?? null,
        filter.before?.createdAt ?? null,
        filter.before?.id ?? null,
        filter.limit,
      ],
    );
  }

  /** What the user was asked lately. */
  async promptHistory(tx: Tx, userId: string, context: MfaContext): Promise<PromptHistory> {
    const row = await tx.one<PromptHistory & { ends: { status: string; endedAt: string | null }[] | null }>(
      `WITH asked AS (
         SELECT status, created_at, ended_at FROM challenges
         WHERE user_id = $1 AND context = $2 AND prompted AND created_at > clock_timestamp() - interval '1 day')
       SELECT count(*) FILTER (WHERE created_at > clock_timestamp() - interval '1 hour')::int AS "lastHour",
         count(*)::int AS "lastDay",
         (SELECT json_agg(json_build_object('status', status, 'endedAt', ended_at) ORDER BY created_at DESC)
          FROM (SELECT * FROM asked ORDER BY created_at DESC LIMIT 10) latest) AS ends
       FROM asked`,
      [userId, context],
      'prompt-history',
    );
    const ends = (row?.ends ?? []).map((end) => ({
      ...end,
      endedAt: end.endedAt ? new Date(end.endedAt) : null,
    }));
    return { lastHour: row?.lastHour ?? 0, lastDay: row?.lastDay ?? 0, ends };
  }
}
