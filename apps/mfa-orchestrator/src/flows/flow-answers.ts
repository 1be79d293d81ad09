import type { IssuedTokens } from '@countersign/contracts';
import type { Factor } from '../policies/policy.schemas.ts';
import type { MfaComplete, MfaNext, NextItem } from './flow.schemas.ts';
import type { Flow } from './flow.types.ts';
import { neutral, type Next } from './next-action.decide.ts';

/** What came of a step: another one is needed, or the flow is complete. */
export type StepAnswer = { kind: 'next'; body: MfaNext } | { kind: 'complete'; body: MfaComplete };

const LABELS: Record<Factor, Omit<NextItem['action'], 'name'>> = {
  external: { label: 'External authentication', desc: 'The application verifies you its own way' },
};

/** Actions as LoginID's clients read them. */
export const nextItems = (next: Factor[]): NextItem[] =>
  next.map((name) => ({ action: { name, ...LABELS[name] } }));

/** Reasons as the caller of this flow may read them: neutral codes until something was proved. */
export const readableReasons = (flow: Pick<Flow, 'proven'>, because: string[]): string[] =>
  flow.proven ? because : neutral(because);

/** The answer that asks for another step. */
export function nextAnswer(flow: Flow, session: string, next: Extract<Next, { kind: 'next' }>): MfaNext {
  return {
    msgCode: 'additional_auth_required',
    msg: 'Additional authentication is required',
    flow: flow.kind,
    session,
    next: nextItems(next.next),
    flowId: flow.id,
    nextAction: next.next[0],
    because: readableReasons(flow, next.because),
    expiresAt: flow.expiresAt.toISOString(),
  };
}

/** The answer of a complete flow: tokens for a login, the signed decision or payload for anything else. */
export const completeAnswer = (flow: Flow, tokens?: IssuedTokens): MfaComplete => ({
  flow: flow.kind,
  payload: flow.payload === null ? '' : Buffer.from(flow.payload, 'utf8').toString('base64'),
  payloadSignature: flow.resultSignature ?? '',
  idToken: tokens?.idToken ?? '',
  accessToken: tokens?.accessToken ?? '',
  refreshToken: tokens?.refreshToken ?? '',
  flowId: flow.id,
});
