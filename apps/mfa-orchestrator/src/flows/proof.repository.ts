import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { Proof, ShownProof } from './proof.types.ts';

/** A proof as {@link proofsJson} answers it. */
export type ProofJson = Omit<ShownProof, 'shownAt' | 'authenticatedAt'> & {
  shownAt: string;
  authenticatedAt: string | null;
};

/** SQL of a flow's proofs as one JSON value, in the order they were shown; `flow` is SQL too: what its id is read from. */
export const proofsJson = (flow: '$5' | 'f.id'): string => `(
  SELECT coalesce(jsonb_agg(jsonb_build_object('factor', p.factor, 'reference', p.reference, 'acr', p.acr,
      'amr', p.amr, 'categories', p.categories, 'shownAt', p.shown_at, 'authenticatedAt', p.authenticated_at)
      ORDER BY p.shown_at), '[]')
  FROM proofs p WHERE p.flow_id = ${flow})`;

export const toProof = (json: ProofJson): ShownProof => ({
  ...json,
  shownAt: new Date(json.shownAt),
  authenticatedAt: json.authenticatedAt === null ? null : new Date(json.authenticatedAt),
});

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
