import { Injectable } from '@nestjs/common';
import type { Proof } from '../logins/login.types.ts';
import { MfaGateway } from '../mfa/mfa.gateway.ts';

/** Whether what a session has shown still counts where a flow stands behind it, MFA or a passkey: the orchestrator says (ST-17). */
@Injectable()
export class StandingProofs {
  constructor(private readonly mfa: MfaGateway) {}

  /**
   * Those of `proofs` that count now: what was shown in an earlier request is asked about, what was shown for this very
   * one (`fresh`) is not. Throws ServiceUnavailable: where nobody knows, nothing counts.
   */
  async of(appId: string, proofs: readonly Proof[], fresh: readonly Proof[]): Promise<Proof[]> {
    const isFresh = (proof: Proof) =>
      fresh.some(({ flowId, at }) => flowId === proof.flowId && at === proof.at);
    const standing = await Promise.all(
      proofs.map((proof) => proof.flowId === undefined || isFresh(proof) || this.mfa.stands(appId, proof)),
    );
    return proofs.filter((_, at) => standing[at]);
  }
}
