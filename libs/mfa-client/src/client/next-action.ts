import type { NextItem, RemainingFactor } from './actions.types.ts';
import type { Completed, FlowState, MfaSessionDetails } from './session.types.ts';

/** LoginID's fixed order: what its SDK does next, whatever order the server lists (contracts §1.7). */
const PRIORITY = ['passkey:reg', 'passkey:auth', 'passkey:tx', 'otp:sms', 'otp:email', 'external'];

/**
 * The server's choice where it makes one; else what LoginID's SDK would do; else the first that is offered. Undefined
 * when there is nothing to do.
 */
export function nextActionOf({
  next,
  nextAction,
}: Pick<FlowState, 'next' | 'nextAction'>): string | undefined {
  const offered = next.map(({ action }) => action.name);
  if (nextAction !== undefined && offered.includes(nextAction)) return nextAction;
  return PRIORITY.find((name) => offered.includes(name)) ?? offered.find((name) => name !== 'otp:verify');
}

const isSent = (name: string): boolean => name === 'otp:email' || name === 'otp:sms';

const remaining = ({ action, options }: NextItem): RemainingFactor => {
  const value = action.name.startsWith('passkey:')
    ? options?.find((option) => option.value)?.value
    : undefined;
  return {
    type: action.name,
    label: action.label,
    ...(action.desc !== undefined && { description: action.desc }),
    ...(isSent(action.name) && { options: (options ?? []).map(({ label, value }) => label ?? value) }),
    ...(value !== undefined && { value }),
  };
};

/** Complete is what has something to show for it. */
const isComplete = (completed: Completed | undefined): boolean =>
  !!completed && (completed.accessToken !== '' || completed.payloadSignature !== '');

/** The session as callers see it; what is empty is left out. */
export function detailsOf(state: FlowState): MfaSessionDetails {
  const { completed, username, next, because, flow, flowId, session, expiresAt } = state;
  const nextAction = nextActionOf(state);
  const { passkeyInfo, ...said } = completed ?? {};
  const found = Object.entries({ flow, flowId, session, expiresAt, nextAction, ...said }).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  return {
    username,
    next,
    because,
    remainingFactors: next.map(remaining),
    isComplete: isComplete(completed),
    ...(passkeyInfo && { passkeyCredential: passkeyInfo }),
    ...Object.fromEntries(found),
  };
}
