import { Injectable } from '@nestjs/common';
import { scopesDue } from './enforcement.decide.ts';
import { LoginEnds } from './login-ends.ts';
import { LoginFactsOf } from './login-facts.ts';
import { LoginMoves } from './login-moves.ts';
import { LoginPages, type Told } from './login-pages.ts';
import { LoginSteps } from './login-steps.ts';
import type { LoginAnswer, LoginVisit } from './login-visit.types.ts';
import type { KeptLogin } from './login.repository.ts';
import type { Login, StepOutcome } from './login.types.ts';
import { type Due, type LoginFacts, nextStep } from './next-step.decide.ts';
import {
  afterOutcome,
  afterOwnAction,
  cancelsItself,
  isAnotherUser,
  isFactorRefused,
  MOST_SUBMISSIONS,
  withName,
} from './submission.decide.ts';

type StepDue = Extract<Due, { kind: 'step' }>;
type Again = Extract<StepOutcome, { kind: 'again' }>;

/** A login with what it needs next. */
interface At {
  login: Login;
  facts: LoginFacts;
  due: Due;
}

const STALE = 'This page was out of date: something else was sent meanwhile. Go on from here.';
const ANOTHER = 'That was another user than the one this sign-in is for.';

/** A login in progress: which step is due, its page, and what becomes of its form. */
@Injectable()
export class LoginService {
  constructor(
    private readonly factsOf: LoginFactsOf,
    private readonly steps: LoginSteps,
    private readonly pages: LoginPages,
    private readonly moves: LoginMoves,
    private readonly ends: LoginEnds,
  ) {}

  /** The page of the step that is due; or on to the provider where none is. */
  async show(visit: LoginVisit): Promise<LoginAnswer> {
    const kept = await this.moves.kept(visit);
    if (kept.result) return { kind: 'redirect', to: await this.ends.tell(visit, kept) };
    return this.answer(visit, await this.at(visit, kept), {});
  }

  /** Takes the form of a page. A form of an older page changes nothing; of a login that has ended it leads where that led. */
  async submit(visit: LoginVisit, form: Record<string, string>): Promise<LoginAnswer> {
    const kept = await this.moves.kept(visit);
    if (kept.result) return { kind: 'redirect', to: await this.ends.tell(visit, kept) };
    const at = await this.at(visit, kept);
    const { due } = at;
    if (form.version !== String(kept.version)) return this.answer(visit, at, { error: STALE, status: 409 });
    if (due.kind !== 'step') return this.answer(visit, at, {});
    if (kept.version >= MOST_SUBMISSIONS) return this.refuse(visit, at.login, due, 'too-many-tries');
    const login = withName(at.login, due.step, form.username);
    if (form.action === 'cancel' && !cancelsItself(due.step))
      return this.refuse(visit, login, due, 'cancelled');
    const own = afterOwnAction(login, due.step, form.action);
    if (own) return this.moves.advance(visit, own);
    const taken = await this.moves.take(login, due.step);
    if (!taken) return this.moves.back(visit);
    const { clientAddress, userAgent, origin } = visit;
    const request = { form, clientAddress, userAgent, origin };
    const outcome = await this.steps.of(due.step).submit(forStep({ ...at, login: taken }, due), request);
    return this.take(visit, taken, due, outcome);
  }

  private async at(visit: LoginVisit, kept: KeptLogin): Promise<At> {
    const login = await this.factsOf.login(visit, kept);
    const facts = await this.factsOf.facts(visit, login);
    return { login, facts, due: nextStep(login, facts) };
  }

  /** The page of what is due, or the end. */
  private async answer(visit: LoginVisit, at: At, told: Told): Promise<LoginAnswer> {
    const { login, facts, due } = at;
    if (due.kind !== 'step') return this.moves.end(visit, login, facts, due);
    return this.pages.of(visit, forStep(at, due), due.step, told);
  }

  /** What a step made of its form. */
  private async take(
    visit: LoginVisit,
    login: Login,
    due: StepDue,
    outcome: StepOutcome,
  ): Promise<LoginAnswer> {
    if (outcome.kind === 'ended') return this.refuse(visit, login, due, outcome.reason);
    if (outcome.kind === 'again') {
      const next = afterOutcome(login, due, outcome);
      return outcome.error === undefined
        ? this.moves.advance(visit, next)
        : this.again(visit, next, due, { ...outcome, error: outcome.error });
    }
    // V1: nothing of it is kept
    if (isAnotherUser(login, outcome)) return this.again(visit, login, due, { error: ANOTHER });
    return this.moves.advance(visit, afterOutcome(login, due, outcome), outcome);
  }

  /** Not yet: the page again. */
  private async again(
    visit: LoginVisit,
    login: Login,
    due: StepDue,
    outcome: Omit<Again, 'kind' | 'data'> & { error: string },
  ): Promise<LoginAnswer> {
    const { error, retryAfterSeconds } = outcome;
    const isLimited = retryAfterSeconds !== undefined;
    const isKept = await this.moves.again(login, due.step, isFactorRefused(due.step, outcome));
    if (!isKept) return this.moves.back(visit);
    const at = await this.at(visit, { ...login, version: login.version + 1 });
    const told = { error, status: isLimited ? 429 : 400, ...(isLimited && { retryAfterSeconds }) };
    return this.answer(visit, at, told);
  }

  private async refuse(
    visit: LoginVisit,
    login: Login,
    { step }: StepDue,
    reason: string,
  ): Promise<LoginAnswer> {
    const description =
      reason === 'cancelled' ? 'the user does not want to go on' : 'the user was not authenticated';
    const told = { error: 'access_denied', description, factor: step, reason };
    return (await this.ends.refuse(visit, login, told)) ?? this.moves.back(visit);
  }
}

/** The login as its step sees it: with the policy that is due, what the session holds already, and which scopes wait. */
const forStep = ({ login, facts }: At, { policy }: StepDue): Login => {
  const proofs = [...facts.held, ...login.proofs];
  const protectedScopes = scopesDue(facts.scopes, proofs, facts.now, login.uid);
  const demand = { ...login.demand, protectedScopes, ...(policy !== undefined && { policy }) };
  return { ...login, demand, proofs };
};
