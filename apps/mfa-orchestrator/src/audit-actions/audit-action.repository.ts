import type { Allowed } from './audit-action.decide.ts';
import { Injectable } from '@nestjs/common';
import type { AuditActionRecorded } from '@countersign/contracts';
import { Database, type Tx } from '@countersign/persistence';

/** An audit action as it is kept: what it is about stands only in the digest. */
export interface AuditAction {
  auditActionId: string;
  subjectDigest: string;
  status: 'recorded' | 'challenged' | 'decided';
  challengeId: string | null;
}

export interface AuditActionState extends AuditAction {
  outcome: string | null;
  decision: string | null;
  because: string[] | null;
}

/** An action that was accepted and never worked on. */
export interface ForgottenAction {
  appId: string;
  auditActionId: string;
  actionName: string;
  sessionId: string | null;
  userId: string;
  subjectDigest: string;
}

const COLUMNS = `audit_action_id AS "auditActionId", subject_digest AS "subjectDigest", status,
  challenge_id AS "challengeId"`;

/** Audit actions that were accepted. */
@Injectable()
export class AuditActionRepository {
  constructor(private readonly database: Database) {}

  /** Records an action on first sight; answers the row that stands, which may be an earlier one with another digest. */
  async record(
    tx: Tx,
    appId: string,
    action: AuditActionRecorded,
    subjectDigest: string,
    userId: string,
  ): Promise<{ isNew: boolean; row: AuditAction }> {
    const values = [appId, action.auditActionId];
    const inserted = await tx.one<AuditAction>(
      `INSERT INTO audit_actions (app_id, audit_action_id, name, session_id, subject_digest, status, user_id)
       VALUES ($1, $2, $3, $4, $5, 'recorded', $6) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...values, action.name, action.sessionId ?? null, subjectDigest, userId],
      'record-action',
    );
    if (inserted) return { isNew: true, row: inserted };
    const standing = await tx.one<AuditAction>(
      `SELECT ${COLUMNS} FROM audit_actions WHERE app_id = $1 AND audit_action_id = $2 FOR UPDATE`,
      values,
    );
    return { isNew: false, row: standing! };
  }

  async find(appId: string, auditActionId: string): Promise<AuditActionState | undefined> {
    const [row] = await this.database.query<AuditActionState>(
      `SELECT a.audit_action_id AS "auditActionId", a.subject_digest AS "subjectDigest", a.status,
         coalesce(d.challenge_id, a.challenge_id) AS "challengeId", d.outcome, d.decision,
         coalesce(d.because, c.because) AS because
       FROM audit_actions a
       LEFT JOIN decisions d ON d.app_id = a.app_id AND d.audit_action_id = a.audit_action_id
       LEFT JOIN challenges c ON c.id = a.challenge_id
       WHERE a.app_id = $1 AND a.audit_action_id = $2`,
      [appId, auditActionId],
    );
    return row;
  }

  /** What the same user, session and name was allowed in the last day, by the rules that asked for it. */
  async allowed(tx: Tx, userId: string, sessionId: string, name: string): Promise<Allowed[]> {
    return tx.query<Allowed>(
      `SELECT r.id AS "ruleId", d.made_at AS at, c.requires FROM decisions d
       JOIN challenges c ON c.id = d.challenge_id CROSS JOIN LATERAL unnest(c.rule_ids) AS r (id)
       WHERE d.user_id = $1 AND d.session_id = $2 AND d.action_name = $3 AND d.outcome = 'allowed'
         AND d.made_at > clock_timestamp() - interval '1 day'
       ORDER BY d.made_at DESC LIMIT 200`,
      [userId, sessionId, name],
    );
  }

  /**
   * Locks actions that were accepted and that nobody has worked on for `seconds`: their event is dead, discarded, or
   * still outside.
   */
  async lockForgotten(tx: Tx, seconds: number, limit: number): Promise<ForgottenAction[]> {
    return tx.query<ForgottenAction>(
      `SELECT app_id AS "appId", audit_action_id AS "auditActionId", name AS "actionName", session_id AS "sessionId",
         user_id AS "userId", subject_digest AS "subjectDigest" FROM audit_actions
       WHERE status = 'recorded' AND received_at < clock_timestamp() - make_interval(secs => $1)
       ORDER BY received_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [seconds, limit],
    );
  }
}
