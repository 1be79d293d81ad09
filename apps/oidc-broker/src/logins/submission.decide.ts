import { tidyUsername, usernameKey, usernameSchema } from '@countersign/contracts';
import type { Login, StepName, StepOutcome } from './login.types.ts';
import { consentChoice, type OwnChoices, ownChoices } from './next-step.decide.ts';

type Step = StepName | 'remember';
type Proved = Extract<StepOutcome, { kind: 'proved' }>;
type Again = Extract<StepOutcome, { kind: 'again' }>;

/** Where a step's data lie: the question whether to remember a browser is one of the choices kept under `identify`. */
const placeOf = (step: Step): StepName => (step === 'remember' ? 'identify' : step);

const withData = (login: Login, step: Step, data: unknown): Login => ({
  ...login,
  data: { ...login.data, [placeOf(step)]: data },
});

/** The login after one of our own buttons, which are no step's: undefined where `action` is none of them here. */
export function afterOwnAction(login: Login, step: Step, action: string | undefined): Login | undefined {
  if (step === 'password' && action === 'passkey')
    return withData(login, 'identify', { ...ownChoices(login), first: 'passkey' } satisfies OwnChoices);
  if (step === 'passkey' && action === 'other') {
    const { first: _first, ...others } = ownChoices(login);
    return withData({ ...login, data: { ...login.data, passkey: undefined } }, 'identify', others);
  }
  if (step === 'scope-mfa' && action === 'without') {
    const choice = consentChoice(login) ?? { ticked: login.demand.scopes, claims: true };
    return withData(login, 'consent', { ...choice, without: true });
  }
  return undefined;
}

/**
 * The login with the name that was typed: where its form asks for one, and never where the request says whom it is about
 * (V1). What is no name does not answer who a second factor is for; beside a password it is shown again.
 */
export function withName(login: Login, step: Step, typed: string | undefined): Login {
  const isAsked = step === 'identify' || (step === 'password' && login.mode === 'login');
  if (!isAsked || typed === undefined) return login;
  if (step === 'identify' && !usernameSchema.safeParse(typed).success) return login;
  return { ...login, username: tidyUsername(typed) };
}

/** Steps that have something to leave elsewhere when the user gives up: they end the login themselves. */
export const cancelsItself = (step: Step): boolean => step === 'mfa' || step === 'scope-mfa';

/** Steps whose proofs are good once at the orchestrator. */
export const isUsedUp = (step: Step): boolean => ['mfa', 'scope-mfa', 'passkey'].includes(step);

/** Steps that compare nothing with what a user has: what they refuse is no failed sign-in. */
const COMPARING_NOTHING: readonly Step[] = ['identify', 'consent', 'remember', 'image-passcode-enrol'];

/**
 * Whether a factor was refused, which is an event: only what was compared with the user's own, and so was counted. Who is
 * told to wait, or left a field empty, would make events in anybody's name, as many as they like (API-09).
 */
export const isFactorRefused = (
  step: Step,
  { comparedNothing, retryAfterSeconds }: Pick<Again, 'comparedNothing' | 'retryAfterSeconds'>,
): boolean => !COMPARING_NOTHING.includes(step) && !comparedNothing && retryAfterSeconds === undefined;

/**
 * Submissions that one login takes, a few times what the slowest user needs; a step whose proofs are good once elsewhere
 * takes two. Each writes a row, and beginning anew is limited by network (API-09).
 */
export const MOST_SUBMISSIONS = 100;

/** The login after what a step made of its form. */
export function afterOutcome(
  login: Login,
  { step, policy }: { step: Step; policy?: string },
  outcome: Exclude<StepOutcome, { kind: 'ended' }>,
): Login {
  if (outcome.kind === 'again')
    return outcome.data === undefined ? login : withData(login, step, outcome.data);
  const { proof, userId, username } = outcome;
  const shown = {
    ...proof,
    ...(proof.factor === 'mfa' && policy !== undefined && { policy }),
    ...(proof.factor === 'mfa' && login.requestId !== undefined && { requestId: login.requestId }),
    ...(step === 'scope-mfa' && { consentUid: login.uid }),
  };
  // what the step kept is of no more use: another policy begins anew
  return { ...withData(login, step, undefined), userId, username, proofs: [...login.proofs, shown] };
}

/**
 * V1: whether somebody else than the login's user was proved. A second factor is for exactly the user of the hint, who
 * may be made only where the client asks to link one.
 */
export function isAnotherUser(
  login: Login,
  { userId, username }: Pick<Proved, 'userId' | 'username'>,
): boolean {
  if (login.userId !== undefined) return login.userId !== userId;
  if (login.mode === 'login') return false;
  return !login.demand.link || usernameKey(login.username ?? '') !== usernameKey(username);
}
