import { InjectConfig, type ServiceConfig } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { OptionsContext } from '../flows/factor-options.ts';
import { FlowChallenges } from '../flows/flow-challenges.ts';
import type { Flow } from '../flows/flow.types.ts';
import type { Expected } from './ceremonies.ts';
import type { PasskeyAction } from './passkey.types.ts';
import { relyingPartyOf } from './relying-party.decide.ts';

/** What a ceremony in a flow is about: asked for in its options, and demanded of its answer. */
@Injectable()
export class PasskeyCeremonies {
  constructor(
    private readonly challenges: FlowChallenges,
    @InjectConfig() private readonly config: ServiceConfig,
  ) {}

  /** Challenge, relying party and user verification of `action` in the flow's present step, under today's policies. */
  of(
    flow: Flow,
    action: PasskeyAction,
    { application, policies }: Pick<OptionsContext, 'application' | 'policies'>,
  ): Expected {
    return {
      challenge: this.challenges.of(flow, action),
      rp: relyingPartyOf(application, this.config.securityProfile === 'development'),
      userVerification:
        application.settings.userVerification === 'required' ||
        policies.some(({ userVerification }) => userVerification === 'required'),
    };
  }
}
