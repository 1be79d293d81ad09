import { type CreationResult, create, readOptions, use, type WebAuthn } from '../passkeys/ceremony.ts';
import { PasskeyError } from '../passkeys/passkey-error.ts';
import { browserWebAuthn, forgetPasskey, passkeySupport } from '../passkeys/passkey-support.ts';
import type { ActionOptions } from './actions.types.ts';
import type { FlowEngine } from './flow-engine.ts';
import { MfaError } from './mfa-error.ts';

type Kind = 'passkey:reg' | 'passkey:auth' | 'passkey:tx';

/** The steps that need an authenticator. One ceremony at a time: a new one ends the one that waits in an autofill. */
export class PasskeySteps {
  private waiting: AbortController | undefined;

  constructor(
    private readonly engine: FlowEngine,
    private readonly webauthn: WebAuthn | undefined,
  ) {}

  /** Throws PasskeyError where the browser gave none, MfaError where the server refused it. */
  async perform(name: Kind, options: ActionOptions['passkey:tx']): Promise<void> {
    if (name === 'passkey:tx' && options.txPayload !== undefined)
      await this.engine.update('payload', { payload: options.txPayload }, options.signal);
    const offered = options.payload ?? this.offered(name);
    const signal = this.takeOver(options.signal);
    try {
      if (name === 'passkey:reg') await this.register(offered, signal);
      else await this.assert(name, offered, { signal, conditional: options.autoFill === true });
    } catch (error) {
      const tell = error instanceof PasskeyError && error.code !== 'ERROR_PASSKEY_ABORTED';
      if (tell) await this.engine.report(error.event);
      throw error;
    }
  }

  /** Ends a ceremony that waits: its flow is over. */
  abort(): void {
    this.waiting?.abort(new DOMException('Another ceremony or flow was begun', 'AbortError'));
    this.waiting = undefined;
  }

  private async register(offered: string, signal: AbortSignal): Promise<void> {
    const options = readOptions('creation', offered);
    const creationResult = await create(this.authenticator(), options, signal);
    await this.engine.step('passkey/reg', { creationResult }).catch(async (error: unknown) => {
      await this.takeBack(error, options.rp.id, creationResult);
      throw error;
    });
  }

  /** A passkey that the server refused would be offered by the password manager for ever. */
  private async takeBack(error: unknown, rpId: string | undefined, made: CreationResult): Promise<void> {
    const refused = error instanceof MfaError && error.status >= 400 && error.status < 500;
    if (refused && rpId) await forgetPasskey(rpId, made.credentialId);
  }

  private async assert(
    name: Kind,
    offered: string,
    ceremony: { signal: AbortSignal; conditional: boolean },
  ): Promise<void> {
    const webauthn = this.authenticator();
    if (ceremony.conditional && !this.webauthn && !(await passkeySupport()).autoFill)
      throw new PasskeyError('ERROR_PASSKEY_ABORTED', 'This browser offers no passkeys in inputs', null);
    const assertionResult = await use(webauthn, readOptions('request', offered), ceremony);
    await this.engine.step(name === 'passkey:auth' ? 'passkey/auth' : 'passkey/tx', { assertionResult });
  }

  private authenticator(): WebAuthn {
    return this.webauthn ?? browserWebAuthn();
  }

  private offered(name: Kind): string {
    const item = this.engine.store.state.next.find(({ action }) => action.name === name);
    const value = item?.options?.[0]?.value;
    if (value === undefined) throw new MfaError(0, 'not_offered', `${name} is not offered now`);
    return value;
  }

  private takeOver(signal: AbortSignal | undefined): AbortSignal {
    this.abort();
    this.waiting = new AbortController();
    return signal ? AbortSignal.any([signal, this.waiting.signal]) : this.waiting.signal;
  }
}
