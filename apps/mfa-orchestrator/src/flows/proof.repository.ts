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
    );
  }

  /** The flow's proofs, in the order they were shown. */
  async of(db: Tx | Database, flowId: string): Promise<ShownProof[]> {
    return db.query(
      `SELECT reference, factor, acr, amr, categories, shown_at AS "shownAt", authenticated_at AS "authenticatedAt"
       FROM proofs WHERE flow_id = $1 ORDER BY shown_at`,
      [flowId],
    );
  }
}
