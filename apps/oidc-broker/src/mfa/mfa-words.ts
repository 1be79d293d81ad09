import type { Refusal } from '@countersign/kernel';
import type { StepOutcome } from '../logins/login.types.ts';
import type { MfaRefusal } from './mfa-refusals.ts';
import type { MfaState } from './mfa.types.ts';

export const UNAVAILABLE = 'That does not work at the moment. Try again in a minute, or choose another way.';

const NO_RECOVERY_CODE = 'That is not a recovery code. It looks like 7M2K-0QX4-9TRB-C1HD.';

/** The page again, with what is kept. */
export const again = (
  state: MfaState | undefined,
  error?: string,
): Extract<StepOutcome, { kind: 'again' }> => ({
  kind: 'again',
  data: state ?? null,
  ...(error !== undefined && { error }),
});

/** What a user is told of a refusal. */
export function told(action: string, { code, extra }: Refusal<MfaRefusal>): string {
  switch (code) {
    case 'access/too-many-requests':
      return `Too many codes were asked for. Try again in ${waitOf(extra?.retryAfterSeconds)}, or choose another way.`;
    case 'mfa/flow-limit':
      return 'Too many sign-ins of yours are under way. Finish one of them, or wait ten minutes.';
    case 'request/invalid':
      if (action.startsWith('recovery:')) return NO_RECOVERY_CODE;
      return action.endsWith(':enrol') ? 'That cannot be used.' : 'That is not a code. It has digits only.';
    case 'mfa/proof-refused':
      if (action === 'recovery:enrol') return 'That is none of the codes that were just shown.';
      return action.startsWith('passkey:')
        ? 'That passkey was not accepted.'
        : 'That code is not right, or too old. Type the latest one.';
    default:
      return 'That way cannot be used now. Choose another one.';
  }
}

function waitOf(seconds: unknown): string {
  if (typeof seconds !== 'number' || seconds < 1) return 'a minute';
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

/** What was typed or signed, as the orchestrator takes it; undefined where nothing was. */
export function typedPayload(
  action: string,
  form: Record<string, string>,
): Record<string, unknown> | undefined {
  if (action.startsWith('passkey:')) {
    const signed = jsonObject(form.passkey ?? '');
    return signed && (action === 'passkey:reg' ? { creationResult: signed } : { assertionResult: signed });
  }
  const code = (form.code ?? '').replace(/[\s-]/g, '');
  if (code === '') return undefined;
  return action.startsWith('recovery:') ? { code: (form.code ?? '').trim() } : { otp: code };
}

/** An object out of JSON that a page sent; undefined for anything else. */
export function jsonObject(text: string): object | undefined {
  if (text.length > 65_536) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
