import { hearsOfPasskeys, keepOnlyPasskeys } from '../passkeys/passkey-support.ts';
import { usualKeyStore } from '../trust/key-store.ts';
import { TrustIds } from '../trust/trust-id.ts';
import { Account } from './account.ts';
import type { AccountOptions, Device, Factor, Passkey } from './account.types.ts';
import type { ActionName, ActionOptions, NextItem, PerformArguments } from './actions.types.ts';
import { isObject, offeredBy } from './answers.ts';
import { baseOf } from './base-url.ts';
import { beginBody } from './begin.ts';
import type { BeginOptions } from './begin.types.ts';
import { readClaims } from './claims.ts';
import { FlowEngine } from './flow-engine.ts';
import { FlowStore, usualStorage } from './flow-store.ts';
import { Http } from './http.ts';
import type { CurrentFlow, MfaClientOptions } from './mfa-client.types.ts';
import { detailsOf, nextActionOf } from './next-action.ts';
import { PasskeySteps } from './passkey-steps.ts';
import { PERFORMERS, type Shown } from './perform.ts';
import type { MfaResult, MfaSessionDetails } from './session.types.ts';
import { TokenCalls } from './token-calls.ts';

/** A client of one application; it holds at most one flow. Throws TypeError where no application is named. */
export const createMfaClient = (options: MfaClientOptions): MfaClient => new MfaClient(options);

/** One user proving themselves, with the names of LoginID's MFA SDK. Made by {@link createMfaClient}. */
export class MfaClient {
  readonly appId: string;
  /** Where every path hangs off, application included. */
  readonly baseUrl: string;
  private readonly store: FlowStore;
  private readonly engine: FlowEngine;
  private readonly ceremonies: PasskeySteps;
  private readonly account: Account;
  private readonly tokens: TokenCalls;
  private readonly trust: TrustIds | undefined;

  constructor(options: MfaClientOptions) {
    const { base, appId } = baseOf(options.baseUrl, options.appId);
    const { fetch = (...asked) => globalThis.fetch(...asked), retryDelaysMs = [300, 1500] } = options;
    const http = new Http({ base, fetch, timeoutMs: options.timeoutMs ?? 15_000, retryDelaysMs });
    const keys = options.trustKeys ?? usualKeyStore();
    this.appId = appId;
    this.baseUrl = base;
    this.store = new FlowStore(options.storage ?? usualStorage(), appId);
    this.engine = new FlowEngine(http, this.store);
    this.ceremonies = new PasskeySteps(this.engine, options.webauthn);
    this.account = new Account(http, this.store);
    this.tokens = new TokenCalls(http, this.store);
    this.trust = keys ? new TrustIds(keys, appId) : undefined;
  }

  /** What to do next: the server's word, or LoginID's order where a server says nothing. */
  get nextAction(): string | undefined {
    return nextActionOf(this.store.state);
  }

  /** Every action offered now; any of them may be performed. */
  get next(): NextItem[] {
    return this.store.state.next;
  }

  /** Why these: codes of the server. */
  get because(): string[] {
    return this.store.state.because;
  }

  /** Forgets the flow before and begins one. `username` may be empty where a ticket or a passkey says who it is. */
  async beginFlow(username: string, options: BeginOptions = {}): Promise<MfaResult> {
    this.ceremonies.abort();
    const { accessToken, signal } = options;
    const authorization = accessToken && `Bearer ${accessToken}`;
    const body = await beginBody(username, options, this.trust);
    await this.engine.begin(username, body, { authorization, signal });
    return this.getSessionDetails();
  }

  /**
   * Performs an offered action. Answers the session afterwards: `isComplete`, or another `nextAction`. Throws MfaError
   * where the server refuses, PasskeyError where the browser gave no passkey; both leave the session as it was.
   */
  async performAction<A extends ActionName>(name: A, ...given: PerformArguments<A>): Promise<MfaResult> {
    const shown = await this.perform(name, (given[0] ?? {}) as ActionOptions[ActionName]);
    if (name === 'passkey:auth' || name === 'passkey:tx') void this.tellPasswordManager();
    return { ...this.getSessionDetails(), ...shown };
  }

  /** Changes what the user is to confirm; yields new actions. */
  async updatePayload(txPayload: string, { signal }: { signal?: AbortSignal } = {}): Promise<MfaResult> {
    await this.engine.update('payload', { payload: txPayload }, signal);
    return this.getSessionDetails();
  }

  /** “That was not me.” Ends the flow, and what it was about is denied. */
  async deny(): Promise<void> {
    this.ceremonies.abort();
    await this.engine.leave('deny');
  }

  /** Leaves without success. */
  async abandon(): Promise<void> {
    this.ceremonies.abort();
    await this.engine.leave('abandon');
  }

  getSessionDetails(): MfaSessionDetails {
    return detailsOf(this.store.state);
  }

  /** Reads the flow again from the server, after a reload or a lost answer. Throws MfaError 401 where it is over. */
  async refresh({ signal }: { signal?: AbortSignal } = {}): Promise<MfaResult & CurrentFlow> {
    const { body } = await this.engine.current(signal);
    const said = isObject(body) ? body : {};
    const { session, username, flow } = this.store.state;
    this.store.set({
      username,
      ...(flow !== undefined && { flow }),
      ...(session !== undefined && { session }),
      ...offeredBy(said),
    });
    const { mfaInfo, isAuthenticated, status } = said as Partial<CurrentFlow>;
    return { ...this.getSessionDetails(), mfaInfo, isAuthenticated, status };
  }

  /** Calls `listener` after every change of the session; the answer ends that. */
  subscribe(listener: () => void): () => void {
    return this.store.subscribe(listener);
  }

  /** New tokens for the refresh token, which is used up. Throws MfaError; a used one ends its whole family. */
  async refreshTokens(): Promise<MfaSessionDetails> {
    await this.tokens.refresh();
    return this.getSessionDetails();
  }

  /** Ends the login at the server, and forgets everything here but the device's key. */
  async logout(): Promise<void> {
    this.ceremonies.abort();
    await this.tokens.revoke().catch(() => {});
    this.engine.forget();
  }

  /** From now on this browser is a stranger to the server, for this user. */
  async forgetDevice(username: string): Promise<void> {
    await this.trust?.forget(username);
  }

  listPasskeys(options?: AccountOptions): Promise<Passkey[]> {
    return this.account.passkeys(options);
  }
  renamePasskey(id: string, name: string, options?: AccountOptions): Promise<void> {
    return this.account.renamePasskey(id, name, options);
  }
  deletePasskey(id: string, options?: AccountOptions): Promise<void> {
    return this.account.deletePasskey(id, options);
  }
  listFactors(options?: AccountOptions): Promise<Factor[]> {
    return this.account.factors(options);
  }
  removeFactor(kind: string, id: string, options?: AccountOptions): Promise<void> {
    return this.account.removeFactor(kind, id, options);
  }
  listDevices(options?: AccountOptions): Promise<Device[]> {
    return this.account.devices(options);
  }
  revokeDevice(id: string, options?: AccountOptions): Promise<void> {
    return this.account.revokeDevice(id, options);
  }

  private async perform(name: ActionName, options: ActionOptions[ActionName]): Promise<Shown | void> {
    if (name === 'passkey:reg' || name === 'passkey:auth' || name === 'passkey:tx')
      return this.ceremonies.perform(name, options as ActionOptions['passkey:tx']);
    const performer = PERFORMERS[name] as
      ((engine: FlowEngine, given: object) => Promise<Shown | void>) | undefined;
    if (!performer) throw new TypeError(`${String(name)} is no action this SDK knows`);
    return performer(this.engine, options);
  }

  /** So that a password manager stops offering passkeys that were deleted elsewhere. Its failure is nobody's. */
  private async tellPasswordManager(): Promise<void> {
    const { accessToken } = this.getSessionDetails();
    if (!accessToken || !hearsOfPasskeys()) return;
    const { rpId, sub } = readClaims(accessToken);
    if (typeof rpId !== 'string' || typeof sub !== 'string') return;
    const passkeys = await this.account.passkeys({ accessToken }).catch(() => undefined);
    const ids = passkeys?.flatMap(({ credentialId }) => credentialId ?? []);
    // an empty list would make the password manager forget all of them
    if (ids && ids.length > 0) await keepOnlyPasskeys(rpId, sub, ids);
  }
}
