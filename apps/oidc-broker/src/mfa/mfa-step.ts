import { accept, type Decision } from '@countersign/kernel';
import { ServiceUnavailable } from '@countersign/security';
import { type ApplicationDirectory, InjectDirectory } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import type { Login, PageContext, Step, StepOutcome, StepRequest } from '../logins/login.types.ts';
import { MfaGateway } from './mfa.gateway.ts';
import type { MfaRefusal } from './mfa-refusals.ts';
import { choosePage, chosenPage, possible } from './mfa.page.ts';
import type { ChosenAction, MfaState, Visitor } from './mfa.types.ts';
import { UNAVAILABLE, again, told, typedPayload } from './mfa-words.ts';
import { PolicyMissing } from './policy-missing.ts';

/**
 * The second step of a login: the orchestrator says what the user may show and whether it is right, this makes pages of
 * it. `GET` begins nothing and sends nothing; a choice does.
 */
@Injectable()
export class MfaStep implements Step {
  /** Under which name the login keeps what this step knows. */
  protected readonly name: 'mfa' | 'scope-mfa' = 'mfa';

  constructor(
    private readonly mfa: MfaGateway,
    @InjectDirectory() private readonly directory: ApplicationDirectory,
    private readonly missing: PolicyMissing,
  ) {}

  async page(login: Login, context: PageContext, error?: string): Promise<string> {
    const state = this.stateOf(login);
    if (state?.chosen) return chosenPage(context, state.chosen, { offers: state.offers, error });
    const offered = state ? accept(state) : await this.mfa.offers(login.appId, demandOf(login));
    if (!offered.ok && offered.refusal.code === 'mfa/policy-unknown')
      return this.missing.page(login, context, this.name);
    const offers = offered.ok ? offered.value.offers : [];
    const application = await this.directory.byId(login.appId);
    const rpId = application?.settings.rpId ?? `${login.appId}.localhost`;
    return choosePage(context, { offers, rpId, error });
  }

  async submit(login: Login, request: StepRequest): Promise<StepOutcome> {
    const state = this.stateOf(login);
    try {
      return await this.take(login, state, request);
    } catch (error) {
      if (!(error instanceof ServiceUnavailable)) throw error;
      // nobody knows: nothing is believed, and the same may be tried once more
      return { ...again(state, UNAVAILABLE), comparedNothing: true };
    }
  }

  private async take(login: Login, state: MfaState | undefined, request: StepRequest): Promise<StepOutcome> {
    const { form } = request;
    const visitor: Visitor = { clientAddress: request.clientAddress, userAgent: request.userAgent };
    if (form.action === 'cancel') {
      if (state) await this.mfa.leave(login.appId, state, visitor);
      return { kind: 'ended', reason: 'cancelled' };
    }
    if (form.choose !== undefined) return this.choose(login, state, form.choose, visitor);
    if (!state?.chosen || form.action === 'other') {
      const { chosen: _, ...rest } = state ?? {};
      return again(state && (rest as MfaState));
    }
    const { action, option } = state.chosen;
    if (action === 'recovery:enrol') {
      // from here on nobody is shown them any more
      if (form.action === 'kept') return again({ ...state, chosen: { action } });
      if (form.action === 'again') return this.showCodes(login.appId, state, visitor);
    }
    if (form.action === 'again') return this.send(login, state, state.chosen, visitor);
    const isAddress = option === undefined && (action === 'email:enrol' || action === 'sms:enrol');
    if (isAddress) return this.send(login, state, { action, option: form.address?.trim() ?? '' }, visitor);
    return this.verify(login, state, form, visitor);
  }

  /** The user says how: the flow begins now, where it has not. */
  private async choose(
    login: Login,
    state: MfaState | undefined,
    choice: string,
    visitor: Visitor,
  ): Promise<StepOutcome> {
    const begun = state ? { ok: true as const, value: state } : await this.begin(login, visitor);
    if (!begun.ok) return this.refused(undefined, begun.refusal);
    const [action = '', option] = choice.split('|');
    const offer = possible(begun.value.offers).find((one) => one.action === action);
    const { chosen: _, ...open } = begun.value;
    if (!offer) return again(open, 'That way is not there any more. Choose another one.');
    if (action.startsWith('otp:')) {
      const label = offer.options.find(({ value }) => value === option)?.label;
      if (option === undefined || label === undefined) return again(open, 'Choose one of these.');
      return this.send(login, open, { action, option, label }, visitor);
    }
    if (action === 'recovery:enrol') return this.showCodes(login.appId, open, visitor);
    if (action !== 'totp:enrol') return again({ ...open, chosen: { action } });
    const totp = await this.mfa.totpSecret(login.appId, open, visitor);
    return totp.ok
      ? again({ ...open, chosen: { action, totp: totp.value } })
      : this.refused(open, totp.refusal);
  }

  /** Other codes than any before: they are kept no longer than the user needs to keep them. */
  private async showCodes(appId: string, state: MfaState, visitor: Visitor): Promise<StepOutcome> {
    const { chosen: _, ...open } = state;
    const made = await this.mfa.recoveryCodes(appId, open, visitor);
    if (made.ok) return again({ ...open, chosen: { action: 'recovery:enrol', codes: made.value } });
    const offers = await this.mfa.current(appId, open, visitor);
    if (!offers) return { kind: 'ended', reason: 'mfa-refused' };
    return again({ ...open, offers }, 'That way is not there any more. Choose another one.');
  }

  /** Has a code sent. A flow that ran out meanwhile is begun once more, as long as its challenge lasts. */
  private async send(
    login: Login,
    state: MfaState,
    chosen: ChosenAction,
    visitor: Visitor,
    renewed = false,
  ): Promise<StepOutcome> {
    const sent = await this.mfa.send(login.appId, state, chosen, visitor);
    if (sent.ok) return again({ ...state, chosen });
    if (sent.refusal.code !== 'mfa/proof-refused' || renewed) return this.refused(state, sent.refusal);
    const begun = await this.begin(login, visitor);
    return begun.ok
      ? this.send(login, begun.value, chosen, visitor, true)
      : this.refused(undefined, begun.refusal);
  }

  private async verify(
    login: Login,
    state: MfaState,
    form: Record<string, string>,
    visitor: Visitor,
  ): Promise<StepOutcome> {
    const { appId, username, userId } = login;
    const { action } = state.chosen!;
    const payload = typedPayload(action, form);
    if (!payload) return { ...again(state, 'Something is missing. Try once more.'), comparedNothing: true };
    const shown = await this.mfa.verify(appId, state, action, payload, visitor);
    if (shown.ok) {
      if ('state' in shown.value) return again(shown.value.state);
      if (userId !== undefined && userId !== state.userId) return { kind: 'ended', reason: 'another-user' };
      const proof = this.name === 'mfa' ? shown.value.proof : { ...shown.value.proof, consentUid: login.uid };
      return { kind: 'proved', proof, userId: state.userId, username: username ?? '' };
    }
    const { code } = shown.refusal;
    if (code !== 'mfa/proof-refused' && code !== 'access/forbidden')
      return this.refused(state, shown.refusal);
    // wrong, or over: the flow knows
    const offers = await this.mfa.current(appId, state, visitor);
    if (!offers) return { kind: 'ended', reason: 'mfa-refused' };
    if (offers.some((offer) => offer.action === action))
      return again({ ...state, offers }, told(action, shown.refusal));
    const { chosen: _, ...open } = state;
    if (offers.length === 0) return { kind: 'ended', reason: 'mfa-locked' };
    return again({ ...open, offers }, 'That way takes no more tries for now. Choose another one.');
  }

  private refused(
    state: MfaState | undefined,
    refusal: Extract<Decision<never, MfaRefusal>, { ok: false }>['refusal'],
  ): StepOutcome {
    if (refusal.code === 'mfa/challenge-ended') return { kind: 'ended', reason: 'mfa-refused' };
    if (refusal.code === 'mfa/session-invalid') return { kind: 'ended', reason: 'mfa-refused' };
    const seconds = refusal.extra?.retryAfterSeconds;
    const error = told(state?.chosen?.action ?? '', refusal);
    return typeof seconds === 'number'
      ? { ...again(state, error), retryAfterSeconds: seconds }
      : again(state, error);
  }

  private begin(login: Login, visitor: Visitor): Promise<Decision<MfaState, MfaRefusal>> {
    // consent to scopes asks by itself: what was shown for the client in the same login is another challenge
    const loginUid = this.name === 'mfa' ? login.uid : `${login.uid}:scope`;
    return this.mfa.begin(login.appId, { ...demandOf(login), loginUid }, visitor);
  }

  /** What is kept of this step, where it is about the policy that is asked for now. */
  private stateOf({ data, demand }: Login): MfaState | undefined {
    const state = data[this.name] as MfaState | undefined | null;
    return state && state.policy === demand.policy ? state : undefined;
  }
}

/** {@link MfaStep} for the scopes of a consent. */
@Injectable()
export class ScopeMfaStep extends MfaStep {
  protected override readonly name = 'scope-mfa';

  constructor(mfa: MfaGateway, @InjectDirectory() directory: ApplicationDirectory, missing: PolicyMissing) {
    super(mfa, directory, missing);
  }
}

const demandOf = ({ username = '', demand, proofs }: Login) => ({
  username,
  policy: demand.policy ?? 'mfa',
  proofs,
});
