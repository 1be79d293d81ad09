import type { VerifiedToken } from '@countersign/contracts';
import { accept, refuse, type Decision } from '@countersign/kernel';
import { Database } from '@countersign/persistence';
import { Injectable } from '@nestjs/common';
import { asStrongAs } from '../flows/assurance.decide.ts';
import type { BeginCaller } from '../flows/begin-facts.ts';
import { EnrolledFactors } from '../flows/enrolled.repository.ts';
import { RegistrationService } from '../flows/registration.service.ts';
import { UserRepository } from '../users/user.repository.ts';
import type { CreationOptions } from './ceremony-options.decide.ts';
import { GrantUses } from './grant-uses.repository.ts';
import { namesApplication } from './passkey-api-refusals.decide.ts';
import type { JwtAnswer, RegCompleteRequest, RegInitRequest } from './passkey-api.schemas.ts';
import { PasskeyOptions } from './passkey-options.ts';
import { jwtOf, PasskeySessions } from './passkey-sessions.ts';
import { PasskeySteps } from './passkey-steps.service.ts';

interface RegInitiated {
  session: string;
  registrationRequestOptions: CreationOptions;
  action: 'proceed';
}

/** `reg/init` and `reg/complete` (contracts §1.9): a flow that registers a passkey, opened by a token. */
@Injectable()
export class RegistrationApi {
  constructor(
    private readonly database: Database,
    private readonly grants: GrantUses,
    private readonly users: UserRepository,
    private readonly enrolled: EnrolledFactors,
    private readonly registrations: RegistrationService,
    private readonly options: PasskeyOptions,
    private readonly sessions: PasskeySessions,
    private readonly steps: PasskeySteps,
  ) {}

  /**
   * Begins a registration. A token must be the user's own login or a grant with `reg:write` for them, as strong as the
   * strongest factor they have; a grant opens one registration. Without one the application must be open to all, and
   * the user nobody yet.
   */
  async init(
    request: RegInitRequest,
    caller: BeginCaller,
    token: VerifiedToken | undefined,
  ): Promise<Decision<RegInitiated>> {
    const { application } = caller;
    const { appId, settings } = application;
    if (!namesApplication(request.app.id, appId)) return refuse('request/application-ambiguous');
    if (token) {
      const user = await this.users.find(appId, request.user.username);
      if (!user || user.id !== token.userId) return refuse('access/forbidden');
      if (token.kind === 'grant' && !token.scopes.includes('reg:write'))
        return refuse('access/forbidden', { detail: 'needs the scope reg:write' });
      const enrolled = await this.enrolled.of(this.database, user.id, 'login', settings);
      if (!asStrongAs(token.acr, enrolled)) return refuse('mfa/factor-too-weak');
      if (token.kind === 'grant' && !(await this.grants.take(token))) return refuse('access/unauthenticated');
    }
    const begun = await this.registrations.begin(request, caller, token);
    if (!begun.ok) return begun;
    const { flow, session, next, situation } = begun.value;
    // what the token allowed a moment ago it does not any more: a stronger factor came in between
    if (!next.next.includes('passkey:reg')) return refuse('mfa/factor-too-weak');
    const securityKey = request.passkeyOptions?.securityKey;
    return accept({
      session,
      registrationRequestOptions: await this.options.creation(this.database, flow, {
        application,
        policies: situation.facts.policies,
        securityKey,
      }),
      action: 'proceed',
    });
  }

  /** Ends it: the passkey is kept, and its user logged in as far as the token that opened it goes. */
  async complete(
    appId: string,
    step: string,
    { session, creationResult, passkeyName }: RegCompleteRequest,
  ): Promise<Decision<JwtAnswer>> {
    const ended = await this.sessions.complete(appId, session, (match) =>
      this.steps.register(match, step, creationResult, passkeyName || undefined),
    );
    return ended.ok ? accept(jwtOf(ended.value.done)) : ended;
  }
}
