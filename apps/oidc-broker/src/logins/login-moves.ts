import { Outbox, type NewEvent } from '@countersign/messaging';
import { Injectable } from '@nestjs/common';
import { DirectoryService } from '../directory/directory.service.ts';
import { LoginEnds, refusedEvent } from './login-ends.ts';
import { LoginFactsOf } from './login-facts.ts';
import type { LoginAnswer, LoginVisit } from './login-visit.types.ts';
import { type KeptLogin, LoginRepository } from './login.repository.ts';
import type { Login, StepName, StepOutcome } from './login.types.ts';
import { type Due, type LoginFacts, nextStep } from './next-step.decide.ts';
import { isAnotherUser, isUsedUp } from './submission.decide.ts';

/** How often a proof is kept anew where another submission was faster. */
const ATTEMPTS = 3;

/** Takes logins further: each step is one version, and of all who try to make it one does. */
@Injectable()
export class LoginMoves {
  constructor(
    private readonly logins: LoginRepository,
    private readonly factsOf: LoginFactsOf,
    private readonly ends: LoginEnds,
    private readonly directory: DirectoryService,
    private readonly outbox: Outbox,
  ) {}

  /** What is kept of the visit's login; a new one has no row until something is submitted. */
  async kept({ appId, interaction: { uid, exp } }: LoginVisit): Promise<KeptLogin> {
    const found = await this.logins.find(appId, uid);
    return found ?? { appId, uid, version: 0, proofs: [], data: {}, expiresAt: exp };
  }

  /**
   * The login to submit something to. What is good once elsewhere is used by one submission only: the version is taken
   * before, so that a form sent twice does not end by its second try what its first one has just proved. Undefined:
   * another submission was faster.
   */
  async take(login: Login, step: StepName | 'remember'): Promise<Login | undefined> {
    if (!isUsedUp(step)) return login;
    return (await this.keep(login, [])) ? { ...login, version: login.version + 1 } : undefined;
  }

  /**
   * One step further. A proof is a fact: where another submission was faster it is kept with what that one came to, as
   * long as it is the same user's; anything else is dropped.
   */
  async advance(
    visit: LoginVisit,
    login: Login,
    proved?: Extract<StepOutcome, { kind: 'proved' }>,
  ): Promise<LoginAnswer> {
    let next = login;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const facts = await this.factsOf.facts(visit, next);
      const due = nextStep(next, facts);
      const isKept = due.kind === 'step' && (await this.keep(next, []));
      if (isKept) return this.back(visit);
      const ended = due.kind === 'step' ? undefined : await this.tryEnd(visit, next, facts, due, proved);
      if (ended) return ended;
      const kept = await this.kept(visit);
      if (kept.result || !proved) break;
      const other = await this.factsOf.login(visit, kept);
      if (isAnotherUser(other, proved)) break;
      const { userId, username } = proved;
      // as it was taken, with what it was shown for
      const proof = login.proofs.at(-1) ?? proved.proof;
      next = { ...other, userId, username, proofs: [...other.proofs, proof] };
    }
    return this.back(visit);
  }

  /** The end that is due; where another submission was faster, what that one came to. */
  async end(
    visit: LoginVisit,
    login: Login,
    facts: LoginFacts,
    due: Exclude<Due, { kind: 'step' }>,
  ): Promise<LoginAnswer> {
    return (await this.tryEnd(visit, login, facts, due)) ?? this.back(visit);
  }

  /**
   * Keeps that a step did not take what it got, and tells of it where `isRefused`: whose factor it was, also where the user
   * is told nothing of that. False where another submission was faster.
   */
  async again(login: Login, step: StepName | 'remember', isRefused: boolean): Promise<boolean> {
    if (!isRefused) return this.keep(login, []);
    const { appId, username, userId } = login;
    // a passkey says itself whose it is: the name that was typed before was compared with nothing
    const isNamed = userId === undefined && username !== undefined && step !== 'passkey';
    const known = isNamed ? await this.directory.byUsername(appId, username) : undefined;
    const subject = known ? { ...login, userId: known.userId } : login;
    return this.keep(login, [refusedEvent(subject, step, 'refused')]);
  }

  /** To the page again, which shows what is due now. */
  back({ page }: LoginVisit): LoginAnswer {
    return { kind: 'redirect', to: page.action ?? page.base };
  }

  private async tryEnd(
    visit: LoginVisit,
    login: Login,
    facts: LoginFacts,
    due: Exclude<Due, { kind: 'step' }>,
    proved?: Extract<StepOutcome, { kind: 'proved' }>,
  ): Promise<LoginAnswer | undefined> {
    if (due.kind === 'unmet' || isAskedInVain(visit, login)) {
      const error = 'unmet_authentication_requirements';
      const description = 'the authentication that was asked for could not be reached';
      return this.ends.refuse(visit, login, { error, description, factor: 'mfa', reason: 'unmet' });
    }
    const { appId, userId = '' } = login;
    // ST-17: whoever was disabled or deleted meanwhile gets in by nothing; the password was compared a moment ago
    const isIn = proved?.proof.factor === 'password' || (await this.directory.find(appId, userId))?.enabled;
    if (isIn) return this.ends.complete(visit, login, facts, due);
    const description = 'the user cannot sign in';
    return this.ends.refuse(visit, login, {
      ...{ error: 'access_denied', description, factor: 'user', reason: 'disabled' },
    });
  }

  private async keep(login: Login, events: NewEvent[]): Promise<boolean> {
    const isKept = await this.logins.advance(login, this.outbox.prepare(events));
    if (isKept && events.length > 0) this.outbox.wake();
    return isKept;
  }
}

/** The provider asks once more for what it was just told, and nobody did anything: browsers would go round for ever. */
const isAskedInVain = ({ interaction }: LoginVisit, { version, demand, proofs }: Login): boolean => {
  const { lastSubmission: told } = interaction;
  if (version > 0 || proofs.length > 0 || demand.prompt === 'mfa') return false;
  return (demand.prompt === 'consent' ? told?.consent : told?.login) !== undefined;
};
