import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Proof, ShownProof } from './proof.types.ts';

/** Proofs of flows: what was shown, never a secret. */
@Injectable()
export class ProofRepository {
  /** Adds a proof; one reference makes one proof, however often it is added. */
  async add(tx: Tx, flowId: string, proof: Proof & { authenticatedAt?: Date }): Promise<void> {
    const { reference, factor, acr, amr, categories, authenticatedAt } = proof;
    await tx.query(
      `INSERT INTO proofs (flow_id, reference, factor, acr, amr, categories, authenticated_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
      [flowId, reference, factor, acr, amr, categories, authenticatedAt ?? null],
      'add-proof',
    );
  }

  /** The flow's proofs, in the order they were shown. */
  async of(db: Tx | Database, flowId: string): Promise<ShownProof[]> {
    return db.query(
      `SELECT reference, factor, acr, amr, categories, shown_at AS "shownAt", authenticated_at AS "authenticatedAt"
       FROM proofs WHERE flow_id = $1 ORDER BY shown_at`,
      [flowId],
      'proofs-of-flow',
    );
  }

  /** Whether the user still has every authenticator among `references` that is one of ours. */
  async areThere(db: Tx | Database, userId: string, references: string[]): Promise<boolean> {
    const [row] = await db.query<{ gone: boolean }>(
      `SELECT coalesce(bool_or(
           (r LIKE 'passkey:%' AND NOT EXISTS (
             SELECT 1 FROM passkeys WHERE user_id = $1 AND 'passkey:' || id = r AND NOT suspect))
           OR (r LIKE 'contact:%' AND NOT EXISTS (
             SELECT 1 FROM contacts WHERE user_id = $1 AND 'contact:' || id = r AND verified_at IS NOT NULL))
           OR (r LIKE 'totp:%' AND NOT EXISTS (
             SELECT 1 FROM totp_secrets WHERE user_id = $1 AND 'totp:' || id = r AND confirmed_at IS NOT NULL))
         ), false) AS gone FROM unnest($2::text[]) r`,
      [userId, references],
    );
    return row?.gone === false;
  }
}
