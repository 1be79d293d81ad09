import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@countersign/persistence';
import { Vault } from '@countersign/security';

/** A secret, opened: 20 bytes shared with the user's authenticator app. */
export interface TotpSecret {
  id: string;
  secret: Uint8Array;
  /** The last time step that was accepted. */
  lastStep: number;
}

interface Row {
  id: string;
  sealed: string;
  lastStep: string;
}

const COLUMNS = 'id, sealed_secret AS sealed, last_step AS "lastStep"';

/** Secrets of authenticator apps, sealed: one confirmed for each user, one unconfirmed for each flow. */
@Injectable()
export class TotpRepository {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {}

  /** The flow's unconfirmed secret: `fresh` where it has none yet, else the one it has, whoever asks at once. */
  async pendingFor(
    tx: Tx,
    owner: { appId: string; userId: string; flowId: string },
    fresh: { id: string; secret: Uint8Array },
  ): Promise<TotpSecret> {
    const sealed = this.vault.seal(Buffer.from(fresh.secret).toString('base64url'), contextOf(fresh.id));
    const row = await tx.one<Row>(
      `INSERT INTO totp_secrets (id, app_id, user_id, sealed_secret, flow_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (flow_id) WHERE confirmed_at IS NULL DO UPDATE SET flow_id = excluded.flow_id RETURNING ${COLUMNS}`,
      [fresh.id, owner.appId, owner.userId, sealed, owner.flowId],
    );
    return this.opened(row!);
  }

  /** The secret that waits in this flow for its first code. */
  async pendingOf(userId: string, flowId: string): Promise<TotpSecret | undefined> {
    const [row] = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM totp_secrets WHERE flow_id = $1 AND user_id = $2 AND confirmed_at IS NULL`,
      [flowId, userId],
    );
    return row && this.opened(row);
  }

  async confirmedOf(userId: string): Promise<TotpSecret | undefined> {
    const [row] = await this.database.query<Row>(
      `SELECT ${COLUMNS} FROM totp_secrets WHERE user_id = $1 AND confirmed_at IS NOT NULL`,
      [userId],
    );
    return row && this.opened(row);
  }

  /**
   * Makes a flow's secret the user's, instead of the one they had; `step` is used up with it. Answers the id of the one
   * that is gone, if any; undefined if the secret waits no more. The caller holds the user's row.
   */
  async confirm(
    tx: Tx,
    pending: { id: string; userId: string; flowId: string },
    step: number,
  ): Promise<{ replaced: string | undefined } | undefined> {
    const { id, userId, flowId } = pending;
    const waits = await tx.one(
      `SELECT 1 FROM totp_secrets WHERE id = $1 AND user_id = $2 AND flow_id = $3 AND confirmed_at IS NULL FOR UPDATE`,
      [id, userId, flowId],
    );
    if (!waits) return undefined;
    const old = await tx.one<{ id: string }>(
      'DELETE FROM totp_secrets WHERE user_id = $1 AND confirmed_at IS NOT NULL RETURNING id',
      [userId],
    );
    await tx.query(
      `UPDATE totp_secrets SET confirmed_at = clock_timestamp(), flow_id = NULL, last_step = $2 WHERE id = $1`,
      [id, step],
    );
    return { replaced: old?.id };
  }

  /** Uses a time step up: of all who try, on however many nodes, one gets it, and never an earlier one (OTP-10). */
  async useStep(tx: Tx, id: string, step: number): Promise<boolean> {
    const used = await tx.one(
      `UPDATE totp_secrets SET last_step = $2
       WHERE id = $1 AND confirmed_at IS NOT NULL AND last_step < $2 RETURNING id`,
      [id, step],
    );
    return used !== undefined;
  }

  /** Removes the user's confirmed secret of that id; false if there is none. */
  async remove(tx: Tx, userId: string, id: string): Promise<boolean> {
    const gone = await tx.one(
      'DELETE FROM totp_secrets WHERE id = $1 AND user_id = $2 AND confirmed_at IS NOT NULL RETURNING id',
      [id, userId],
    );
    return gone !== undefined;
  }

  /** Removes secrets whose flow ended before they were confirmed. */
  async purge(): Promise<number> {
    const rows = await this.database.query(
      `DELETE FROM totp_secrets WHERE confirmed_at IS NULL AND created_at < clock_timestamp() - interval '1 hour'
       RETURNING id`,
    );
    return rows.length;
  }

  private opened({ id, sealed, lastStep }: Row): TotpSecret {
    const secret = Buffer.from(this.vault.open(sealed, contextOf(id)), 'base64url');
    return { id, secret: Uint8Array.from(secret), lastStep: Number(lastStep) };
  }
}

const contextOf = (id: string): string => `totp:${id}`;
