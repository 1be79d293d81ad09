import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Proof } from './next-action.decide.ts';

/** A proof as it is kept. */
export type ShownProof = Proof & { shownAt: Date };

/** Proofs of flows: what was shown, never a secret. */
@Injectable()
export class ProofRepository {
  /** Adds a proof; one reference makes one proof, however often it is added. */
  async add(tx: Tx, flowId: string, proof: Proof): Promise<void> {
    await tx.query(
      `INSERT INTO proofs (flow_id, reference, factor, acr, amr) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [flowId, proof.reference, proof.factor, proof.acr, proof.amr],
    );
  }

  /** The flow's proofs, in the order they were shown. */
  async of(db: Tx | Database, flowId: string): Promise<ShownProof[]> {
    return db.query(
      'SELECT reference, factor, acr, amr, shown_at AS "shownAt" FROM proofs WHERE flow_id = $1 ORDER BY shown_at',
      [flowId],
    );
  }
}
