import { accept, refuse, type Decision } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import type { BeginCaller } from '../flows/begin-facts.ts';
import { BeginService } from '../flows/begin.service.ts';
import { methodsOf } from './auth-methods.decide.ts';
import { KnownUsers } from './known-users.ts';
import { namesApplication } from './passkey-api-refusals.decide.ts';
import type {
  AuthCompleteRequest,
  AuthInitAnswer,
  AuthInitRequest,
  JwtAnswer,
} from './passkey-api.schemas.ts';
import { PasskeyOptions } from './passkey-options.ts';
import { jwtOf, PasskeySessions } from './passkey-sessions.ts';
import { PasskeySteps } from './passkey-steps.service.ts';

/** `auth/init` and `auth/complete` (contracts §1.9): a login by passkey, also one whose user only the passkey names. */
@Injectable()
export class AuthenticationApi {
  constructor(
    private readonly database: Database,
    private readonly known: KnownUsers,
    private readonly begins: BeginService,
    private readonly options: PasskeyOptions,
    private readonly sessions: PasskeySessions,
    private readonly steps: PasskeySteps,
  ) {}

  /** Begins a login. Options are always there, for its clients ask the browser whatever `action` says. */
  async init(request: AuthInitRequest, caller: BeginCaller): Promise<Decision<AuthInitAnswer>> {
    const { application } = caller;
    if (!namesApplication(request.app.id, application.appId)) return refuse('request/application-ambiguous');
    const username = request.user?.username;
    if (username && (await this.known.isUnknown(application, username))) return refuse('mfa/user-not-found');
    const begun = await this.begins.begin(request, caller);
    if (!begun.ok) return begun;
    const { flow, session, next, situation } = begun.value;
    const { policies, concealed } = situation.facts;
    const offered = next.next;
    return accept({
      session,
      assertionOptions: await this.options.request(this.database, flow, 'passkey:auth', {
        application,
        policies,
        concealed: concealed || !offered.includes('passkey:auth'),
      }),
      ...methodsOf(offered),
    });
  }

  /** Ends it, where the passkey is all that policy asks for. */
  async complete(
    appId: string,
    step: string,
    { session, assertionResult }: AuthCompleteRequest,
  ): Promise<Decision<JwtAnswer>> {
    const ended = await this.sessions.complete(appId, session, (match) =>
      this.steps.assert(match, step, 'passkey:auth', assertionResult),
    );
    return ended.ok ? accept(jwtOf(ended.value.done)) : ended;
  }
}
