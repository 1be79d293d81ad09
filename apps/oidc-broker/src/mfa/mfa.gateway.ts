import {
  flowView,
  loginChallenge,
  type LoginChallengeRequest,
  loginOffers,
  type LoginOffers,
  type LoginOffersRequest,
} from '@countersign/contracts';
import { accept, type Clock, type Decision, refuse } from '@countersign/kernel';
import type { ServiceAnswer } from '@countersign/security';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Proof } from '../logins/login.types.ts';
import { DecisionVerifier } from './decision-verifier.ts';
import { givenProofs } from './given-proofs.decide.ts';
import {
  completeAnswer,
  currentAnswer,
  nextAnswer,
  offersOf,
  recoveryAnswer,
  totpAnswer,
} from './mfa-answers.ts';
import { type MfaRefusal, refusalOf } from './mfa-refusals.ts';
import type { ChosenAction, MfaOffer, MfaState, Visitor } from './mfa.types.ts';
import { OrchestratorDoor, type PublicCall } from './orchestrator-door.ts';

/** What is to be shown, by whom, in which login. */
export interface MfaDemanded {
  username: string;
  policy: string;
  /** What the login has shown by now. */
  proofs: Proof[];
}

/** Where each action is shown, and as what. */
const SHOWN_AT: Readonly<Record<string, string>> = {
  'otp:email': 'otp/verify',
  'otp:sms': 'otp/verify',
  'totp:verify': 'totp/verify',
  'recovery:verify': 'recovery/verify',
  'passkey:auth': 'passkey/auth',
  'email:enrol': 'contact/enrol',
  'sms:enrol': 'contact/enrol',
  'totp:enrol': 'totp/enrol',
  'recovery:enrol': 'recovery/enrol',
  'passkey:reg': 'passkey/reg',
};

/** Second factors, which the orchestrator runs. Throws ServiceUnavailable where it does not answer. */
@Injectable()
export class MfaGateway {
  constructor(
    private readonly door: OrchestratorDoor,
    private readonly decisions: DecisionVerifier,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** What the user would be asked for; nothing is begun. */
  async offers(
    appId: string,
    { username, policy, proofs }: MfaDemanded,
  ): Promise<Decision<LoginOffers, MfaRefusal>> {
    const request: LoginOffersRequest = { appId, username, requires: policy, proofs: givenProofs(proofs) };
    const answer = await this.door.internally({
      method: 'POST',
      path: '/internal/challenges/offers',
      body: request,
    });
    return answer.status === 200 ? accept(loginOffers.parse(answer.body)) : refusalOf(answer);
  }

  /** Begins the login's challenge, or begins it once more: `loginUid` and policy are one challenge. */
  async begin(
    appId: string,
    { loginUid, username, policy, proofs }: MfaDemanded & { loginUid: string },
    visitor: Visitor,
  ): Promise<Decision<MfaState, MfaRefusal>> {
    const request: LoginChallengeRequest = {
      ...{ appId, username, requires: policy, loginId: loginUid, proofs: givenProofs(proofs) },
    };
    const demanded = await this.door.internally({
      method: 'POST',
      path: '/internal/challenges',
      body: request,
    });
    if (demanded.status !== 201) return refusalOf(demanded);
    const { beginTicket, challengeId, subjectDigest, userId } = loginChallenge.parse(demanded.body);
    const begun = await this.door.publicly(appId, {
      ...{ method: 'POST', path: '/fido2/v2/mfa/begin', body: { beginTicket, user: { username } }, visitor },
    });
    // a ticket that is new and names its user is refused for one reason
    if (begun.status === 400) return refuse('mfa/flow-limit');
    if (begun.status !== 200) return refusalOf(begun);
    const { session, flowId, next } = nextAnswer.parse(begun.body);
    return accept({ challengeId, subjectDigest, userId, policy, flowId, session, offers: offersOf(next) });
  }

  /** Has a code sent to one of the addresses that are offered. */
  async send(
    appId: string,
    state: MfaState,
    { action, option }: Pick<ChosenAction, 'action' | 'option'>,
    visitor: Visitor,
  ): Promise<Decision<void, MfaRefusal>> {
    const enrols = action.endsWith(':enrol');
    const [method] = action.replace(/^otp:/, '').split(':');
    const body = enrols ? { channel: method, address: option } : { method, option };
    const path = `/fido2/v2/mfa/${enrols ? 'contact' : 'otp'}/request`;
    const answer = await this.step(appId, state, { method: 'POST', path, body, visitor });
    return answer.status === 200 ? accept(undefined) : refusalOf(answer);
  }

  /** A secret for an authenticator app. */
  async totpSecret(
    appId: string,
    state: MfaState,
    visitor: Visitor,
  ): Promise<Decision<{ secret: string; qr: string }, MfaRefusal>> {
    const call = { method: 'POST' as const, path: '/fido2/v2/mfa/totp/request', body: {}, visitor };
    const answer = await this.step(appId, state, call);
    return answer.status === 200 ? accept(totpAnswer.parse(answer.body)) : refusalOf(answer);
  }

  /** Recovery codes of this flow. Nobody can have them shown a second time: asked again, there are others. */
  async recoveryCodes(
    appId: string,
    state: MfaState,
    visitor: Visitor,
  ): Promise<Decision<string[], MfaRefusal>> {
    const call = { method: 'POST' as const, path: '/fido2/v2/mfa/recovery/request', body: {}, visitor };
    const answer = await this.step(appId, state, call);
    return answer.status === 200 ? accept(recoveryAnswer.parse(answer.body).codes) : refusalOf(answer);
  }

  /**
   * Shows what the user typed or their authenticator signed. Complete, the decision is verified, and is the proof; else
   * the flow goes on with `state`.
   */
  async verify(
    appId: string,
    state: MfaState,
    action: string,
    payload: Record<string, unknown>,
    visitor: Visitor,
  ): Promise<Decision<{ state: MfaState } | { proof: Proof }, MfaRefusal>> {
    const shownAt = SHOWN_AT[action];
    if (shownAt === undefined) return refuse('request/invalid');
    const path = `/fido2/v2/mfa/${shownAt}`;
    const answer = await this.step(appId, state, { method: 'POST', path, body: payload, visitor });
    if (answer.status === 200) {
      const { payloadSignature } = completeAnswer.parse(answer.body);
      const decided = await this.decisions.verify(appId, state, payloadSignature);
      if (!decided) return refuse('mfa/session-invalid');
      const { policy, flowId, challengeId } = state;
      const at = Math.floor(this.clock.now().getTime() / 1000);
      return accept({ proof: { factor: 'mfa', at, ...decided, policy, flowId, challengeId } });
    }
    const goesOn = answer.status === 401 ? nextAnswer.safeParse(answer.body) : undefined;
    if (!goesOn?.success) return refusalOf(answer);
    const { chosen: _, ...rest } = state;
    const { session, next } = goesOn.data;
    return accept({ state: { ...rest, session, offers: offersOf(next) } });
  }

  /** What the flow offers now; undefined where it is over. A locked factor is not offered any more (OTP-09). */
  async current(appId: string, state: MfaState, visitor: Visitor): Promise<MfaOffer[] | undefined> {
    const answer = await this.step(appId, state, { method: 'GET', path: '/v1/flows/current', visitor });
    return answer.status === 200 ? offersOf(currentAnswer.parse(answer.body).next) : undefined;
  }

  /** Leaves the flow without success; whoever comes again finds nothing of it in the way. */
  async leave(appId: string, state: MfaState, visitor: Visitor): Promise<void> {
    await this.step(appId, state, { method: 'POST', path: '/fido2/v2/mfa/abandon', body: {}, visitor });
  }

  /**
   * Whether what a flow showed once would still let its user in: policies of today, factors that are there and not locked
   * (ST-17). What is no proof of a flow stands for itself.
   */
  async stands(appId: string, proof: Pick<Proof, 'factor' | 'flowId'>): Promise<boolean> {
    if (proof.flowId === undefined) return proof.factor !== 'mfa';
    const path = `/internal/flows/${encodeURIComponent(proof.flowId)}`;
    const { status, body } = await this.door.internally({ method: 'GET', path });
    const flow = status === 200 ? flowView.safeParse(body) : undefined;
    return flow?.success === true && flow.data.appId === appId && flow.data.standing === true;
  }

  private step(appId: string, { session }: MfaState, call: PublicCall): Promise<ServiceAnswer> {
    return this.door.publicly(appId, { ...call, session });
  }
}
