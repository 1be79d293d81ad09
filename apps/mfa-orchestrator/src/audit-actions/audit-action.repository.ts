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
  ): Promise<{ isNew: boolean; row: AuditAction }> {
    const values = [appId, action.auditActionId];
    const inserted = await tx.one<AuditAction>(
      `INSERT INTO audit_actions (app_id, audit_action_id, name, session_id, subject_digest, status)
       VALUES ($1, $2, $3, $4, $5, 'recorded') ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [...values, action.name, action.sessionId ?? null, subjectDigest],
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

  /** When the same user, session and name was last allowed. */
  async lastAllowedAt(tx: Tx, userId: string, sessionId: string, name: string): Promise<Date | undefined> {
    const row = await tx.one<{ at: Date | null }>(
      `SELECT max(made_at) AS at FROM decisions
       WHERE user_id = $1 AND session_id = $2 AND action_name = $3 AND outcome = 'allowed'`,
      [userId, sessionId, name],
    );
    return row?.at ?? undefined;
  }
}
