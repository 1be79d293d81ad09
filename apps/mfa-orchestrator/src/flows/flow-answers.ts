import type { IssuedTokens } from '@countersign/contracts';
import type { Action } from '../policies/factors.ts';
import { nextActionOf } from '../policies/factors.ts';
import type { MfaComplete, MfaNext, NextItem } from './flow.schemas.ts';
import type { Flow } from './flow.types.ts';
import { neutral, type NextStep } from './next-action.decide.ts';

/** What came of a step: another one is needed, or the flow is complete. */
export type StepAnswer = { kind: 'next'; body: MfaNext } | { kind: 'complete'; body: MfaComplete };

/** What people read about each action. */
export const LABELS: Record<Action, Omit<NextItem['action'], 'name'>> = {
  external: { label: 'External authentication', desc: 'The application verifies you its own way' },
  'passkey:auth': { label: 'Use a passkey', desc: 'Unlock with your fingerprint, face or screen lock' },
  'passkey:tx': { label: 'Confirm with a passkey', desc: 'Sign exactly what is asked with your passkey' },
  'passkey:reg': { label: 'Create a passkey', desc: 'Sign in without a password from now on' },
  'otp:sms': { label: 'Code by text message', desc: 'A one-time code is sent to your phone' },
  'otp:email': { label: 'Code by e-mail', desc: 'A one-time code is sent to your mailbox' },
  'totp:verify': { label: 'Authenticator app', desc: 'Type the code your authenticator app shows' },
  'totp:enrol': { label: 'Set up an authenticator app', desc: 'Scan a QR code and type the first code' },
  'recovery:verify': { label: 'Recovery code', desc: 'Type one of the codes you kept' },
  'recovery:enrol': { label: 'Get recovery codes', desc: 'Ten codes for the day you lose everything else' },
  'email:enrol': { label: 'Add an e-mail address', desc: 'A code proves that it is yours' },
  'sms:enrol': { label: 'Add a phone number', desc: 'A code proves that it is yours' },
};

/** Reasons as the caller of this flow may read them: neutral codes until something was proved. */
export const readableReasons = (flow: Pick<Flow, 'proven'>, because: string[]): string[] =>
  flow.proven ? because : neutral(because);

/** The answer that asks for another step; `items` as the factor options made them. */
export function nextAnswer(flow: Flow, session: string, next: NextStep, items: NextItem[]): MfaNext {
  return {
    msgCode: 'additional_auth_required',
    msg: 'Additional authentication is required',
    flow: flow.kind,
    session,
    next: items,
    flowId: flow.id,
    nextAction: nextActionOf(next.next),
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
  ...(flow.deviceId !== null && { deviceId: flow.deviceId }),
  ...flow.resultExtra,
});
