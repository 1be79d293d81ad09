import type { ApplicationSettings } from '@countersign/contracts';
import type { Database, Tx } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { builtInPolicy } from '../policies/built-in-policies.ts';
import type { PolicyRow } from '../policies/policy.repository.ts';
import { contactAge, ENROLLED_SQL, type EnrolledRow, toEnrolled } from './enrolled.repository.ts';
import type { Flow } from './flow.types.ts';
import { type ProofJson, proofsJson, toProof } from './proof.repository.ts';
import type { EnrolledFactor, ShownProof } from './proof.types.ts';

interface Row {
  enrolled: EnrolledRow[];
  policies: PolicyRow[];
  proofs: ProofJson[];
}

/** What rows say about a flow: what the user has, the policies and those they name for later, the proofs so far. */
@Injectable()
export class FactRows {
  /** One statement for all of it: every step of every flow asks, some twice, and a round trip costs more than the rows. */
  async of(
    db: Tx | Database,
    flow: Pick<Flow, 'id' | 'appId' | 'userId' | 'context' | 'policies'>,
    settings: Pick<ApplicationSettings, 'contactMinAgeSeconds'>,
  ): Promise<{ enrolled: EnrolledFactor[]; policies: PolicyRow[]; proofs: ShownProof[] }> {
    const later = flow.policies.flatMap((name) => builtInPolicy(name)?.onceEnrolled ?? []);
    const [row] = await db.query<Row>(
      `SELECT
         (SELECT coalesce(jsonb_agg(to_jsonb(e)), '[]') FROM (${ENROLLED_SQL}) e) AS enrolled,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'version', version, 'definition', definition)), '[]')
          FROM policies WHERE app_id = $3 AND (name = ANY($4) OR name IN (
            SELECT p.definition->>'onceEnrolled' FROM policies p WHERE p.app_id = $3 AND p.name = ANY($4)))) AS policies,
         ${proofsJson('$5')} AS proofs`,
      [
        flow.userId,
        contactAge(flow.context, settings),
        flow.appId,
        [...new Set([...flow.policies, ...later])],
        flow.id,
      ],
      'flow-facts',
    );
    const { enrolled, policies, proofs } = row!;
    return { enrolled: enrolled.map(toEnrolled), policies, proofs: proofs.map(toProof) };
  }
}
