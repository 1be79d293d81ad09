import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import type { HashedCode } from './recovery-code.ts';

/** A code as it is kept. */
export interface KeptCode extends HashedCode {
  setId: string;
}

const COLUMNS = 'id, set_id AS "setId", salt, code_hash AS "codeHash"';

/** Recovery codes as salted hashes, in sets of ten: one confirmed set for each user, one unconfirmed for each flow. */
@Injectable()
export class RecoveryCodeRepository {
  constructor(private readonly database: Database) {}

  /** Keeps a flow's new set, instead of one it made before. */
  async keep(
    tx: Tx,
    owner: { appId: string; userId: string; flowId: string },
    codes: KeptCode[],
  ): Promise<void> {
    await tx.query('DELETE FROM recovery_codes WHERE flow_id = $1 AND confirmed_at IS NULL', [owner.flowId]);
    await tx.query(
      `INSERT INTO recovery_codes (id, set_id, salt, code_hash, app_id, user_id, flow_id)
       SELECT id, set_id, salt, code_hash, $5, $6, $7
       FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS c (id, set_id, salt, code_hash)`,
      [
        codes.map(({ id }) => id),
        codes.map(({ setId }) => setId),
        codes.map(({ salt }) => salt),
        codes.map(({ codeHash }) => codeHash),
        ...[owner.appId, owner.userId, owner.flowId],
      ],
    );
  }

  /** The set that waits in this flow for one of its codes. */
  async pendingOf(userId: string, flowId: string): Promise<KeptCode[]> {
    return this.database.query(
      `SELECT ${COLUMNS} FROM recovery_codes WHERE flow_id = $1 AND user_id = $2 AND confirmed_at IS NULL`,
      [flowId, userId],
    );
  }

  /** The user's codes that are not used yet. */
  async unusedOf(userId: string): Promise<KeptCode[]> {
    return this.database.query(
      `SELECT ${COLUMNS} FROM recovery_codes
       WHERE user_id = $1 AND confirmed_at IS NOT NULL AND consumed_at IS NULL`,
      [userId],
    );
  }

  /**
   * Makes a flow's set the user's, instead of the whole one they had. Answers the id of the one that is gone, if any;
   * undefined if the set waits no more. The caller holds the user's row.
   */
  async confirm(
    tx: Tx,
    pending: { setId: string; userId: string; flowId: string },
  ): Promise<{ replaced: string | undefined } | undefined> {
    const { setId, userId, flowId } = pending;
    const confirmed = await tx.query(
      `UPDATE recovery_codes SET confirmed_at = clock_timestamp(), flow_id = NULL
       WHERE set_id = $1 AND user_id = $2 AND flow_id = $3 AND confirmed_at IS NULL RETURNING id`,
      [setId, userId, flowId],
    );
    if (confirmed.length === 0) return undefined;
    const old = await tx.query<{ setId: string }>(
      `DELETE FROM recovery_codes WHERE user_id = $1 AND set_id <> $2 AND confirmed_at IS NOT NULL
       RETURNING set_id AS "setId"`,
      [userId, setId],
    );
    return { replaced: old[0]?.setId };
  }

  /** Uses a code up: of all who try, one gets it (invariant 2). Answers how many are left, undefined if it was used. */
  async use(tx: Tx, code: KeptCode, userId: string, flowId: string): Promise<number | undefined> {
    const used = await tx.one(
      `UPDATE recovery_codes SET consumed_at = clock_timestamp(), consumed_by = $3
       WHERE id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL AND consumed_at IS NULL RETURNING id`,
      [code.id, userId, flowId],
    );
    if (!used) return undefined;
    const left = await tx.one<{ n: number }>(
      'SELECT count(*)::int AS n FROM recovery_codes WHERE set_id = $1 AND consumed_at IS NULL',
      [code.setId],
    );
    return left!.n;
  }

  /** Removes the user's confirmed set of that id, used codes and all; false if there is none. */
  async remove(tx: Tx, userId: string, setId: string): Promise<boolean> {
    const gone = await tx.query(
      'DELETE FROM recovery_codes WHERE set_id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL RETURNING id',
      [setId, userId],
    );
    return gone.length > 0;
  }

  /** Removes sets whose flow ended before they were confirmed. */
  async purge(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM recovery_codes WHERE confirmed_at IS NULL AND created_at < clock_timestamp() - interval '1 hour'
       RETURNING id`,
    );
    return rows.length;
  }
}
