import type { MfaDemand } from '../clients/client.types.ts';
import { assuranceOf, firstFactorOf, mfaDue, reaches, scopesDue } from './enforcement.decide.ts';
import type { Login, Proof, StepName } from './login.types.ts';

/** What this folder keeps between requests, under `identify`. */
export interface OwnChoices {
  /** First factor that the user would rather show. */
  first?: 'passkey';
  /** Whether this browser is to be remembered instead of MFA: the user was asked. */
  remember?: 'yes' | 'no';
}

/** What the user ticked, under `consent`. */
export interface ConsentChoice {
  ticked: string[];
  /** Claims that were asked for by name. */
  claims: boolean;
  /** Goes on without the scopes that wait for a code. */
  without?: boolean;
}

/** A scope that is asked for. */
export interface AskedScope {
  name: string;
  mfa?: MfaDemand | undefined;
}

/** All that the next step depends on, beside the login itself. */
export interface LoginFacts {
  /** Seconds since the epoch. */
  now: number;
  /**
   * What the browser's session holds of this user; nothing where the session is another's, or where the user is to be
   * let in anew (prompt=login, max_age).
   */
  held: readonly Proof[];
  /** MFA that the client asks for. */
  mfa?: MfaDemand | undefined;
  /** One of these is essential: without it there is no code. */
  wantedAcr: readonly string[];
  /** Policy that is to reach it. */
  strongPolicy: string;
  /** A remembered device may and does stand in for the client's MFA (C9). */
  deviceStandsIn: boolean;
  /** This browser may be remembered and is not. */
  mayRemember: boolean;
  /** Scopes whose consent this login settles; none where it settles none. */
  scopes: readonly AskedScope[];
  /** Nobody is asked about scopes: the client is the application's own. */
  isConsentImplied: boolean;
  /** Second factor: the user of the hint has an image passcode. */
  isEnrolled: boolean;
}

export type Due =
  | { kind: 'step'; step: StepName | 'remember'; policy?: string }
  /** Everything is shown. `skipped`: a remembered device stood in for MFA of that policy. */
  | { kind: 'done'; granted: string[]; rejected: string[]; skipped?: string }
  /** It cannot be reached, whatever the user does. */
  | { kind: 'unmet' };

/** MFA is shown; `skipped`: a device stood in for that policy. */
interface Shown {
  kind: 'shown';
  skipped?: string;
}

const step = (name: StepName | 'remember', policy?: string): Extract<Due, { kind: 'step' }> => ({
  kind: 'step',
  step: name,
  ...(policy !== undefined && { policy }),
});

/** What a login needs next. Nothing is remembered as satisfied: it is derived from proofs each time (invariant 4). */
export const nextStep = (login: Login, facts: LoginFacts): Due =>
  login.mode === 'second-factor' ? nextOfSecondFactor(login, facts) : nextOfLogin(login, facts);

/** `openid 2fa`: the image passcode of exactly the user who is hinted at, always anew; `2fa_link` makes one first. */
function nextOfSecondFactor(login: Login, { isEnrolled }: LoginFacts): Due {
  if (login.username === undefined) return step('identify');
  if (login.proofs.some(({ factor }) => factor === 'image-passcode'))
    return { kind: 'done', granted: login.demand.scopes, rejected: [] };
  return step(login.demand.link && !isEnrolled ? 'image-passcode-enrol' : 'image-passcode');
}

function nextOfLogin(login: Login, facts: LoginFacts): Due {
  const first = firstFactorOf(countedOf(login, facts));
  if (!first) return step(ownChoices(login).first ?? 'password');
  const mfa = mfaOf(login, facts);
  if (mfa.kind !== 'shown') return mfa;
  const consent = consentOf(login, facts);
  if (consent.kind !== 'done') return consent;
  const isAsked = facts.mayRemember && facts.mfa !== undefined && isShownHere(login, facts.mfa.policy);
  if (isAsked && ownChoices(login).remember === undefined) return step('remember');
  return { ...consent, ...(mfa.skipped !== undefined && { skipped: mfa.skipped }) };
}

/** The client's MFA, and what an essential acr needs. A device raises nothing, so it stands in for no acr (C9, ST-15). */
function mfaOf(login: Login, facts: LoginFacts): Extract<Due, { kind: 'step' | 'unmet' }> | Shown {
  const { demand } = login;
  // the provider asks for consent last, and looks at all of this again after it
  if (demand.prompt === 'consent') return { kind: 'shown' };
  const policy = (demand.prompt === 'mfa' ? demand.policy : undefined) ?? facts.mfa?.policy;
  const isDue =
    policy !== undefined &&
    !isShownHere(login, policy) &&
    mfaDue({ ...facts.mfa, policy }, heldOf(login, facts), facts.now, login);
  if (facts.wantedAcr.length === 0) {
    if (!isDue) return { kind: 'shown' };
    return facts.deviceStandsIn ? { kind: 'shown', skipped: policy } : step('mfa', policy);
  }
  const { acr } = assuranceOf(countedOf(login, facts));
  if (facts.wantedAcr.some((wanted) => reaches(acr, wanted)))
    return isDue ? step('mfa', policy) : { kind: 'shown' };
  return isShownHere(login, facts.strongPolicy) ? { kind: 'unmet' } : step('mfa', facts.strongPolicy);
}

/** Consent, and MFA for those of the ticked scopes that are protected: they wait, the others do not (C4). */
function consentOf(login: Login, facts: LoginFacts): Due {
  const names = facts.scopes.map(({ name }) => name);
  // claims alone are asked about too: unasked, the provider would send the user back here for ever
  if (names.length === 0 && login.demand.claims.length === 0)
    return { kind: 'done', granted: [], rejected: [] };
  const choice =
    consentChoice(login) ?? (facts.isConsentImplied ? { ticked: names, claims: true } : undefined);
  if (!choice) return step('consent');
  const ticked = facts.scopes.filter(({ name }) => choice.ticked.includes(name));
  const due = scopesDue(ticked, countedOf(login, facts), facts.now, login.uid);
  const waiting = ticked.find(({ name }) => due.includes(name));
  if (waiting?.mfa && !choice.without) return step('scope-mfa', waiting.mfa.policy);
  // without `openid` there is nothing to answer: an application may protect that, too
  if (due.includes('openid')) return { kind: 'unmet' };
  const granted = ticked.map(({ name }) => name).filter((name) => !due.includes(name));
  return { kind: 'done', granted, rejected: names.filter((name) => !granted.includes(name)) };
}

/** What the session holds, less what the provider has just found wanting: MFA that no longer stands (ST-17). */
const heldOf = ({ demand }: Login, { held }: LoginFacts): Proof[] =>
  held.filter(({ factor }) => factor !== 'device' && !(factor === 'mfa' && demand.prompt === 'mfa'));

const countedOf = (login: Login, facts: LoginFacts): Proof[] => [...heldOf(login, facts), ...login.proofs];

/** MFA of this very login counts however long its other pages take. */
const isShownHere = ({ proofs }: Login, policy: string): boolean =>
  proofs.some((proof) => proof.factor === 'mfa' && proof.policy === policy);

/** What the user chose on pages of this folder. */
export const ownChoices = ({ data }: Login): OwnChoices => (data.identify as OwnChoices | undefined) ?? {};

/** What the user ticked; undefined until asked. */
export const consentChoice = ({ data }: Login): ConsentChoice | undefined =>
  data.consent as ConsentChoice | undefined;
