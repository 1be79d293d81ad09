import type { ActionName, ActionOptions, NextItem, TotpSetup } from './actions.types.ts';
import { isObject } from './answers.ts';
import type { FlowEngine } from './flow-engine.ts';
import { MfaError } from './mfa-error.ts';
import type { MfaResult } from './session.types.ts';

/** What must be shown once, besides the session. */
export type Shown = Pick<MfaResult, 'totp' | 'recoveryCodes'>;
type Performer<Options> = (engine: FlowEngine, options: Options) => Promise<Shown | void>;
type WithoutPasskeys = Exclude<ActionName, `passkey:${string}`>;

/** People copy codes with the gaps they are shown with. */
const digits = (payload: string): string => payload.replace(/\s+/g, '');

const verify =
  (path: string, member: string, tidy = (payload: string) => payload) =>
  (engine: FlowEngine, { payload, signal }: ActionOptions['external']) =>
    engine.step(path, { [member]: tidy(payload) }, signal);

const message =
  (method: 'email' | 'sms'): Performer<ActionOptions['otp:email']> =>
  async (engine, { payload, signal }) => {
    const option = payload ?? usualOption(engine.store.state.next, `otp:${method}`);
    await engine.request('otp/request', { method, ...(option && { option }) }, signal);
  };

const contact =
  (channel: 'email' | 'sms'): Performer<ActionOptions['email:enrol']> =>
  async (engine, { address, payload, signal }) => {
    if (payload !== undefined) return engine.step('contact/enrol', { otp: digits(payload) }, signal);
    await engine.request('contact/request', { channel, address }, signal);
  };

/** Every action that needs no authenticator of the browser: where it goes, what it carries. */
export const PERFORMERS: { [A in WithoutPasskeys]: Performer<ActionOptions[A]> } = {
  external: verify('third-party/verify', 'token'),
  'otp:email': message('email'),
  'otp:sms': message('sms'),
  'otp:verify': verify('otp/verify', 'otp', digits),
  'totp:verify': verify('totp/verify', 'otp', digits),
  'recovery:verify': verify('recovery/verify', 'code', (payload) => payload.trim()),
  'totp:enrol': async (engine, { payload, signal }) => {
    if (payload !== undefined) return engine.step('totp/enrol', { otp: digits(payload) }, signal);
    const body = await engine.request('totp/request', {}, signal);
    return { totp: setupIn(body) };
  },
  'recovery:enrol': async (engine, { payload, signal }) => {
    if (payload !== undefined) return engine.step('recovery/enrol', { code: payload.trim() }, signal);
    const body = await engine.request('recovery/request', {}, signal);
    const codes = isObject(body) && Array.isArray(body.codes) ? body.codes : [];
    const recoveryCodes = codes.filter((code) => typeof code === 'string');
    if (recoveryCodes.length === 0) throw nothingToShow('recovery codes');
    return { recoveryCodes };
  },
  'email:enrol': contact('email'),
  'sms:enrol': contact('sms'),
};

/** `email:primary` where there is one, else the first: LoginID's choice. */
function usualOption(next: NextItem[], name: string): string | undefined {
  const options = next.find(({ action }) => action.name === name)?.options ?? [];
  return (options.find((option) => option.name === 'email:primary') ?? options[0])?.value;
}

function setupIn(body: unknown): TotpSetup {
  const { secret, uri, qr } = isObject(body) ? body : {};
  if (typeof secret !== 'string' || typeof uri !== 'string') throw nothingToShow('secret');
  return { secret, uri, qr: typeof qr === 'string' ? qr : '' };
}

const nothingToShow = (what: string): MfaError =>
  new MfaError(200, 'malformed_answer', `The answer has no ${what}`);
