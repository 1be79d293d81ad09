import type { Application } from '@countersign/contracts';
import type { Database, Tx } from '@countersign/persistence';
import { InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { FlowChallenges } from '../flows/flow-challenges.ts';
import { FlowFacts } from '../flows/flow-facts.ts';
import type { Flow } from '../flows/flow.types.ts';
import type { Expected } from './ceremonies.ts';
import type { PasskeyAction } from './passkey.types.ts';
import { relyingPartyOf } from './relying-party.decide.ts';

/** What a ceremony in a flow is about: asked for in its options, and demanded of its answer. */
@Injectable()
export class PasskeyCeremonies {
  constructor(
    private readonly facts: FlowFacts,
    private readonly challenges: FlowChallenges,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  /** Challenge, relying party and user verification of `action` in the flow's present step. */
  async of(
    db: Tx | Database,
    flow: Flow,
    action: PasskeyAction,
    application: Application,
  ): Promise<Expected> {
    return {
      challenge: this.challenges.of(flow, action),
      rp: relyingPartyOf(application, this.config.securityProfile === 'development'),
      userVerification:
        application.settings.userVerification === 'required' ||
        (await this.policyWants(db, flow, application)),
    };
  }

  private async policyWants(db: Tx | Database, flow: Flow, application: Application): Promise<boolean> {
    const { policies } = await this.facts.gather(db, flow, application);
    return policies.some(({ userVerification }) => userVerification === 'required');
  }
}
