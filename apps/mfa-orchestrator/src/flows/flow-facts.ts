import { Injectable } from '@nestjs/common';
import type { Database, Tx } from '@countersign/persistence';
import { PolicyRepository } from '../policies/policy.repository.ts';
import { ProofRepository, type ShownProof } from './proof.repository.ts';
import type { Flow } from './flow.types.ts';
import { decideNext, type Facts, type Next } from './next-action.decide.ts';

/** Facts with the time each proof was shown at. */
export interface GatheredFacts extends Facts {
  proofs: ShownProof[];
}

/** Gathers what the next step is decided on: today's policies and the proofs so far. */
@Injectable()
export class FlowFacts {
  constructor(
    private readonly proofs: ProofRepository,
    private readonly policies: PolicyRepository,
  ) {}

  async gather(db: Tx | Database, flow: Pick<Flow, 'id' | 'appId' | 'policies'>): Promise<GatheredFacts> {
    const policies = await this.policies.named(db, flow.appId, flow.policies);
    const proofs = await this.proofs.of(db, flow.id);
    const names = new Set(policies.map((policy) => policy.name));
    return { policies, missingPolicies: flow.policies.filter((name) => !names.has(name)), proofs };
  }

  async next(db: Tx | Database, flow: Pick<Flow, 'id' | 'appId' | 'policies'>): Promise<Next> {
    return decideNext(await this.gather(db, flow));
  }
}
