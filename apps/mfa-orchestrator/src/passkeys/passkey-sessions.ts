import { accept, refuse, type Decision } from '@countersign/kernel';
import { decodeUnverified, sha256 } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import type { StepAnswer } from '../flows/flow-answers.ts';
import { FlowRepository, type SessionMatch } from '../flows/flow.repository.ts';
import type { MfaComplete } from '../flows/flow.schemas.ts';
import { toldOutside } from './passkey-api-refusals.decide.ts';
import type { JwtAnswer } from './passkey-api.schemas.ts';

/** Flows whose session stands in a body, as the calls outside LoginID's MFA API have it. */
@Injectable()
export class PasskeySessions {
  constructor(private readonly flows: FlowRepository) {}

  /** Takes a step in the flow of `session`. It must complete the flow: where policy asks for more, nobody is let in (ST-08). */
  async complete(
    appId: string,
    session: string,
    step: (match: SessionMatch) => Promise<Decision<StepAnswer>>,
  ): Promise<Decision<{ match: SessionMatch; done: MfaComplete }>> {
    const match = await this.flows.bySession(appId, sha256(session));
    if (!match) return toldOutside(refuse('mfa/session-invalid'));
    const answer = toldOutside(await step(match));
    if (!answer.ok) return answer;
    if (answer.value.kind === 'next')
      return refuse('access/forbidden', { detail: 'another factor is needed: begin an MFA flow' });
    return accept({ match, done: answer.value.body });
  }
}

/** LoginID's JWT answer of a completed login. */
export const jwtOf = ({ accessToken, deviceId, passkeyInfo }: MfaComplete): JwtAnswer => ({
  jwtAccess: accessToken,
  // ours, fresh from token-service: nothing is believed because of it
  userId: String(decodeUnverified(accessToken).claims.sub),
  ...(deviceId !== undefined && { deviceId }),
  ...(passkeyInfo && { passkeyId: passkeyInfo.passkeyId }),
});
