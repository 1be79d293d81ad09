import { accept, refuse, type Decision } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { BeginCaller } from '../flows/begin-facts.ts';
import { BeginService } from '../flows/begin.service.ts';
import type { RequestOptions } from './ceremony-options.decide.ts';
import { KnownUsers } from './known-users.ts';
import type { TxCompleteAnswer, TxCompleteRequest, TxInitRequest } from './passkey-api.schemas.ts';
import { PasskeyOptions } from './passkey-options.ts';
import { PasskeySessions } from './passkey-sessions.ts';
import { PasskeySteps } from './passkey-steps.service.ts';
import { PasskeyRepository } from './passkey.repository.ts';
import { viewOf } from './passkey-view.decide.ts';
import { TransactionLogins } from './transaction-logins.ts';

interface TxInitiated {
  txId: string;
  session: string;
  assertionOptions: RequestOptions;
}

/** `tx/init` and `tx/complete` (contracts §1.9): a passkey signs exactly this payload. */
@Injectable()
export class TransactionApi {
  constructor(
    private readonly database: Database,
    private readonly known: KnownUsers,
    private readonly begins: BeginService,
    private readonly options: PasskeyOptions,
    private readonly sessions: PasskeySessions,
    private readonly steps: PasskeySteps,
    private readonly passkeys: PasskeyRepository,
    private readonly logins: TransactionLogins,
  ) {}

  /**
   * Begins a confirmation of `txPayload`, a text that nothing here interprets. `nonce` becomes the flow's trace; the
   * signature names the flow, which is `txId`. `txType` is LoginID's and decides nothing.
   */
  async init(
    { username, txPayload, nonce }: TxInitRequest,
    caller: BeginCaller,
  ): Promise<Decision<TxInitiated>> {
    const { application } = caller;
    if (await this.known.isUnknown(application, username)) return refuse('mfa/user-not-found');
    const request = { user: { username }, payload: txPayload, traceId: nonce };
    const begun = await this.begins.begin(request, caller);
    if (!begun.ok) return begun;
    const { flow, session, next, situation } = begun.value;
    const { policies, concealed } = situation.facts;
    if (!next.next.includes('passkey:tx') && !concealed)
      return refuse('access/forbidden', { detail: 'no passkey may confirm this' });
    const assertionOptions = await this.options.request(this.database, flow, 'passkey:tx', {
      application,
      policies,
      concealed,
    });
    return accept({ txId: flow.id, session, assertionOptions });
  }

  /** Ends it with the signed payload. */
  async complete(
    appId: string,
    step: string,
    { session, keyHandle, clientData, authenticatorData, signature }: TxCompleteRequest,
  ): Promise<Decision<TxCompleteAnswer>> {
    const result = { credentialId: keyHandle, clientDataJSON: clientData, authenticatorData, signature };
    const ended = await this.sessions.complete(appId, session, (match) =>
      this.steps.assert(match, step, 'passkey:tx', result),
    );
    if (!ended.ok) return ended;
    const { match, done } = ended.value;
    const { userId, traceId } = match.flow;
    const { passkeyInfo, payloadSignature: token, flowId } = done;
    const passkey =
      passkeyInfo && (await this.passkeys.find(this.database, appId, userId, passkeyInfo.passkeyId));
    return accept({
      token,
      jwtAccess: (await this.logins.of(match.flow)) ?? token,
      credentialId: passkey?.credentialId ?? '',
      ...(passkey && { authCred: viewOf(passkey) }),
      txId: flowId,
      ...(traceId !== null && { nonce: traceId }),
    });
  }
}
