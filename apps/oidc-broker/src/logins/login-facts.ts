import { type Clock } from '@countersign/kernel';
import { InjectClock } from '@countersign/service-kit';
import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.ts';
import { StandingProofs } from '../providers/standing-proofs.ts';
import { RememberedDevices, rememberedFor } from '../remembered-devices/remembered-devices.ts';
import { ScopeRepository } from '../scopes/scope.repository.ts';
import { demandOf, hintOf, isFirstFactorAnew, modeOf, wantedAcrOf } from './demand.decide.ts';
import type { LoginVisit } from './login-visit.types.ts';
import type { KeptLogin } from './login.repository.ts';
import type { Login, Proof } from './login.types.ts';
import type { AskedScope, LoginFacts } from './next-step.decide.ts';
import { LoginSteps } from './login-steps.ts';

/** Policy of the orchestrator that reaches aal2 where the client names none. */
const STRONG_POLICY = 'mfa';

/** Gathers what the rules of a login depend on. */
@Injectable()
export class LoginFactsOf {
  constructor(
    private readonly directory: DirectoryService,
    private readonly devices: RememberedDevices,
    private readonly scopes: ScopeRepository,
    private readonly steps: LoginSteps,
    private readonly standing: StandingProofs,
    @InjectClock() private readonly clock: Clock,
  ) {}

  /** The login as steps see it: what is kept of it, whom it is about, and what the provider asks for. */
  async login(visit: LoginVisit, kept: KeptLogin): Promise<Login> {
    const { appId, client, interaction, session } = visit;
    const mode = modeOf(interaction);
    const login: Login = {
      ...kept,
      ...{ clientId: client.clientId, requestId: interaction.cid },
      ...{ mode, demand: demandOf(interaction), proofs: [...kept.proofs] },
      data: structuredClone(kept.data),
    };
    if (mode === 'second-factor') {
      // V1: of exactly the user whom the request hints at; nothing that was typed has a say then
      login.username = hintOf(interaction) ?? kept.username;
      const { username } = login;
      const known = username === undefined ? undefined : await this.directory.byUsername(appId, username);
      if (known?.enabled) login.userId = known.userId;
      return login;
    }
    const holder = isFirstFactorAnew(interaction) ? undefined : session?.accountId;
    login.userId ??= holder;
    if (login.userId !== undefined && (login.username === undefined || login.proofs.length === 0))
      login.username = (await this.directory.find(appId, login.userId))?.username ?? login.username;
    login.username ??= hintOf(interaction) ?? (await this.nameOfSession(visit));
    return login;
  }

  /** What the next step depends on beside the login. */
  async facts(visit: LoginVisit, login: Login): Promise<LoginFacts> {
    const { client, interaction } = visit;
    const wantedAcr = wantedAcrOf(interaction);
    const strongPolicy = client.mfa?.policy ?? STRONG_POLICY;
    const deviceStandsIn = wantedAcr.length === 0 && (await this.deviceStandsIn(visit, login));
    const isConsentImplied = client.consent === 'implied';
    return {
      now: this.now(),
      held: await this.standing.of(visit.appId, heldOf(visit, login), []),
      mfa: client.mfa,
      ...{ wantedAcr, strongPolicy, deviceStandsIn, isConsentImplied },
      mayRemember: rememberedFor(client) > 0 && !deviceStandsIn,
      scopes: await this.askedScopes(visit, login),
      isEnrolled: login.demand.link === true && (await this.steps.hasPasscode(login)),
    };
  }

  /** Seconds since the epoch. */
  now(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }

  /** Whoever is signed in and has to show it again need not type the name. */
  private async nameOfSession({ appId, session }: LoginVisit): Promise<string | undefined> {
    return session && (await this.directory.find(appId, session.accountId))?.username;
  }

  /** C9: where the provider asks again although a device was accepted, it is not tried twice. */
  private deviceStandsIn(visit: LoginVisit, { userId, demand, mode }: Login): Promise<boolean> {
    const { client, interaction, browser } = visit;
    const policy = demand.policy ?? client.mfa?.policy;
    const tried = ((interaction.lastSubmission?.proofs ?? []) as Proof[]).some(
      (one) => one.factor === 'device',
    );
    if (mode !== 'login' || userId === undefined || policy === undefined || tried)
      return Promise.resolve(false);
    return this.devices.recognises(browser, client, userId, policy);
  }

  /** Scopes whose consent the provider asks for, with the MFA that protects them. */
  private async askedScopes({ appId }: LoginVisit, { demand }: Login): Promise<AskedScope[]> {
    if (demand.prompt !== 'consent' || demand.scopes.length === 0) return [];
    const known = await this.scopes.list(appId);
    return demand.scopes.map((name) => known.find((scope) => scope.name === name) ?? { name });
  }
}

/**
 * The session's proofs where it is the same user's: another's prove nothing (V1). None where the user is to be let in
 * anew: what a token says of that moment was all shown then (security 17).
 */
const heldOf = ({ session, interaction }: LoginVisit, { userId, mode }: Login): Proof[] =>
  mode === 'login' && session && session.accountId === userId && !isFirstFactorAnew(interaction)
    ? session.proofs
    : [];
