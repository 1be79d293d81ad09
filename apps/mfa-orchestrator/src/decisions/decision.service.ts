import { InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Clock } from '@countersign/kernel';
import { uuidv7 } from '@countersign/kernel';
import type { NewEvent } from '@countersign/messaging';
import type { Tx } from '@countersign/persistence';
import { signJwt } from '@countersign/security';
import { DecisionKeys } from './decision-keys.ts';
import { DECISION_TTL_SECONDS, DECISION_TYP, type DecisionFacts } from './decision.types.ts';

/** Makes the signed, final answer about what was demanded. */
@Injectable()
export class DecisionService {
  constructor(
    private readonly keys: DecisionKeys,
    @InjectClock() private readonly clock: Clock,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  /** Makes sure the application's key exists, so that no key is made inside a transaction. */
  async prepare(appId: string): Promise<void> {
    await this.keys.signingKey(appId);
  }

  /**
   * Writes the decision in `tx` and returns it with the event to append there. The unique constraints on audit action
   * and challenge make a second one for the same demand a fault.
   */
  async make(
    tx: Tx,
    facts: DecisionFacts,
  ): Promise<{ decision: string; event: NewEvent<'mfa.decision.made.v1'> }> {
    const id = uuidv7(this.clock);
    const decision = await this.sign(id, facts);
    await tx.query(
      `WITH action AS (
         UPDATE audit_actions SET status = 'decided', user_id = $3, challenge_id = $5
         WHERE app_id = $2 AND audit_action_id = $4)
       INSERT INTO decisions (id, app_id, user_id, audit_action_id, challenge_id, outcome, subject_digest, because,
         decision, action_name, session_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        id,
        facts.appId,
        facts.userId,
        facts.auditActionId ?? null,
        facts.challengeId ?? null,
        facts.outcome,
        facts.subjectDigest,
        facts.because,
        decision,
        facts.actionName ?? null,
        facts.sessionId ?? null,
      ],
    );
    return { decision, event: this.event(id, decision, facts) };
  }

  private event(id: string, decision: string, facts: DecisionFacts): NewEvent<'mfa.decision.made.v1'> {
    const { appId, auditActionId, transactionIds, challengeId, outcome, subjectDigest, because } = facts;
    return {
      type: 'mfa.decision.made.v1',
      appId,
      subject: id,
      key: `${appId}:${auditActionId ?? challengeId}`,
      data: { auditActionId, transactionIds, challengeId, outcome, subjectDigest, decision, because },
    };
  }

  private async sign(id: string, facts: DecisionFacts): Promise<string> {
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    return signJwt(
      await this.keys.signingKey(facts.appId),
      { typ: DECISION_TYP },
      {
        iss: `${this.config.publicUrl}/apps/${facts.appId}`,
        aud: facts.appId,
        sub: facts.userId,
        jti: id,
        iat,
        exp: iat + DECISION_TTL_SECONDS,
        challenge_id: facts.challengeId,
        flow_id: facts.flowId,
        audit_action_id: facts.auditActionId,
        transaction_ids: facts.transactionIds,
        outcome: facts.outcome,
        subject_digest: facts.subjectDigest,
        amr: facts.amr ?? [],
        acr: facts.acr,
      },
    );
  }
}
