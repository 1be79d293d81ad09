import type { Application, LoginOffers } from '@countersign/contracts';
import type { Clock } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { FlowFacts } from '../flows/flow-facts.ts';
import type { Flow } from '../flows/flow.types.ts';
import { NextAnswers } from '../flows/next-answers.service.ts';
import { decideNext } from '../flows/next-action.decide.ts';
import type { ShownProof } from '../flows/proof.types.ts';
import type { User } from '../users/user.types.ts';

/** Nobody's flow: what is decided about it is decided about the one that may begin. */
const NOT_BEGUN = '00000000-0000-0000-0000-000000000000';

/** What a login that has shown `proofs` would be asked for, by the rules that decide on flows. */
@Injectable()
export class LoginOffersReader {
  constructor(
    private readonly database: Database,
    private readonly facts: FlowFacts,
    private readonly answers: NextAnswers,
    @InjectClock() private readonly clock: Clock,
  ) {}

  async read(
    application: Application,
    user: User,
    requires: string,
    proofs: ShownProof[],
  ): Promise<LoginOffers> {
    const flow = this.flowOf(application, user, requires);
    const facts = await this.facts.gather(this.database, flow, application, proofs);
    const next = decideNext(facts);
    const asked = next.kind === 'next' ? next.next : [];
    const items = await this.answers.items(flow, asked, { application, facts });
    return {
      userId: user.id,
      offers: items.map(({ action, options }) => ({
        action: action.name,
        label: action.label,
        // what a passkey signs is of a flow: it is asked for there
        options: action.name.startsWith('otp:')
          ? (options ?? []).map(({ value, label }) => ({ value, ...(label !== undefined && { label }) }))
          : [],
      })),
      because: next.because,
    };
  }

  private flowOf({ appId }: Application, user: User, requires: string): Flow {
    const now = this.clock.now();
    return {
      ...{ id: NOT_BEGUN, appId, userId: user.id, username: user.username, usernameKey: user.usernameKey },
      ...{ kind: 'signIn', context: 'login', challengeId: NOT_BEGUN, policies: [requires], status: 'open' },
      ...{ defaultPolicy: false, enrols: [], deviceId: null, deviceTrusted: false, failedFactors: [] },
      ...{ displayName: null, traceId: null, resultExtra: null, authenticated: true, proven: true },
      ...{ payload: null, subjectDigest: null, version: 1, lastStep: null, resultSignature: null },
      ...{ startedAt: now, startedAtExact: now.toISOString(), expiresAt: now },
    };
  }
}
