import { type VerifiedToken, verifiedToken } from '@countersign/contracts';
import { ServiceClient, ServiceUnavailable } from '@countersign/security';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Login, PageContext, Step, StepOutcome, StepRequest } from '../logins/login.types.ts';
import { actions, alert, button, loginForm } from '../pages/form-parts.ts';
import { html } from '../pages/html.ts';
import { jsonObject, UNAVAILABLE } from './mfa-words.ts';
import type { Visitor } from './mfa.types.ts';
import { OrchestratorDoor } from './orchestrator-door.ts';
import { passkeyForm } from './passkey.page.ts';

/** What the login keeps of a ceremony under way. */
interface PasskeyState {
  session: string;
  /** base64url of JSON. */
  options: string;
}

const initAnswer = z.object({ session: z.string(), assertionOptions: z.record(z.string(), z.unknown()) });
const completeAnswer = z.object({ jwtAccess: z.string() });

/**
 * A login by passkey, whoever's: the passkey says who it is. The orchestrator runs it as a login of its own, under the
 * application's policy for logins; what it issues is looked at and kept nowhere.
 */
@Injectable()
export class PasskeyStep implements Step {
  constructor(
    private readonly door: OrchestratorDoor,
    private readonly client: ServiceClient,
  ) {}

  page(login: Login, context: PageContext, error?: string): Promise<string> {
    const state = stateOf(login);
    // read at the login's door: who has no passkey at hand gets back
    const other = button('Use a password', { value: 'other', kind: 'quiet', skipsChecks: true });
    const show = actions(button('Continue', { value: 'verify' }), other);
    const body = state
      ? passkeyForm(context, 'passkey:auth', state.options, show)
      : loginForm(context, actions(button('Use a passkey', { value: 'start' }), other));
    return Promise.resolve(
      html`<h1>Sign in with a passkey</h1>
        ${alert(error)} ${body}`.text,
    );
  }

  /** `action`: `start` begins the ceremony, `verify` shows what was signed. */
  async submit(login: Login, request: StepRequest): Promise<StepOutcome> {
    const state = stateOf(login);
    const visitor: Visitor = { clientAddress: request.clientAddress, userAgent: request.userAgent };
    try {
      const signed =
        state && request.form.action === 'verify' ? jsonObject(request.form.passkey ?? '') : undefined;
      return state && signed
        ? await this.complete(login, state, signed, visitor)
        : await this.start(login, visitor);
    } catch (error) {
      if (!(error instanceof ServiceUnavailable)) throw error;
      return { kind: 'again', data: state ?? null, error: UNAVAILABLE, comparedNothing: true };
    }
  }

  private async start({ appId }: Login, visitor: Visitor): Promise<StepOutcome> {
    const { status, body } = await this.door.publicly(appId, {
      ...{ method: 'POST', path: '/fido2/v2/auth/init', visitor },
      body: { app: { id: appId }, user: { username: '' } },
    });
    const begun = status === 200 ? initAnswer.safeParse(body) : undefined;
    if (!begun?.success) return { kind: 'again', data: null, error: UNAVAILABLE, comparedNothing: true };
    const { session, assertionOptions } = begun.data;
    const options = Buffer.from(JSON.stringify(assertionOptions), 'utf8').toString('base64url');
    return { kind: 'again', data: { session, options } satisfies PasskeyState };
  }

  private async complete(
    { appId }: Login,
    { session }: PasskeyState,
    assertionResult: object,
    visitor: Visitor,
  ): Promise<StepOutcome> {
    const { status, body } = await this.door.publicly(appId, {
      ...{ method: 'POST', path: '/fido2/v2/auth/complete', visitor },
      body: { session, assertionResult },
    });
    const refused = { kind: 'again' as const, data: null, error: 'That passkey was not accepted.' };
    if (status !== 200) return refused;
    const token = await this.verified(appId, completeAnswer.parse(body).jwtAccess);
    if (token?.kind !== 'access' || token.flowId === undefined) return refused;
    const { userId, username, authTime: at, acr, amr, flowId } = token;
    return { kind: 'proved', proof: { factor: 'passkey', at, acr, amr, flowId }, userId, username };
  }

  /** Whose the token is: asked of token-service, which knows whether it holds now. */
  private async verified(appId: string, token: string): Promise<VerifiedToken | undefined> {
    const { status, body } = await this.client.call('token-service', {
      ...{ method: 'POST', path: '/internal/access-tokens/verify', body: { appId, token } },
    });
    if (status === 404) return undefined;
    if (status !== 200) throw new ServiceUnavailable('token-service', `answered ${status} about a token`);
    return verifiedToken.parse(body);
  }
}

const stateOf = ({ data }: Login): PasskeyState | undefined =>
  (data.passkey as PasskeyState | null | undefined) ?? undefined;
