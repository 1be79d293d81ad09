import { isObject, malformed, refusalOf } from './answers.ts';
import type { FlowStore } from './flow-store.ts';
import type { Answer, Http } from './http.ts';
import { MfaError } from './mfa-error.ts';

/** What happens to tokens after the flow. */
export class TokenCalls {
  constructor(
    private readonly http: Http,
    private readonly store: FlowStore,
  ) {}

  /** Swaps the refresh token for new tokens. A lost answer is asked for again: the server repeats it for a moment. */
  async refresh(): Promise<void> {
    const { refreshToken } = this.store.state.completed ?? {};
    if (!refreshToken) throw new MfaError(0, 'no_session', 'There is no refresh token');
    const answer = await this.post('/fido2/v2/auth/refresh', { refreshToken });
    if (answer.status !== 200) throw refusalOf(answer);
    const { body } = answer;
    if (!isObject(body) || typeof body.accessToken !== 'string')
      throw malformed(answer, 'The answer has no tokens');
    const { state } = this.store;
    // signed out, or another flow, while the answer was under way
    if (!state.completed || state.completed.refreshToken !== refreshToken) return;
    const text = (key: string, before: string) =>
      typeof body[key] === 'string' ? (body[key] as string) : before;
    this.store.set({
      ...state,
      completed: {
        ...state.completed,
        accessToken: body.accessToken,
        idToken: text('idToken', state.completed.idToken),
        refreshToken: text('refreshToken', ''),
      },
    });
  }

  /** Ends the login at the server: its access tokens and its refresh token hold no more. */
  async revoke(): Promise<void> {
    const { accessToken } = this.store.state.completed ?? {};
    if (!accessToken) return;
    const answer = await this.post('/fido2/v2/auth/logout', undefined, `Bearer ${accessToken}`);
    if (answer.status >= 300) throw refusalOf(answer);
  }

  private post(path: string, body?: Record<string, unknown>, authorization?: string): Promise<Answer> {
    return this.http.send('POST', path, { body, authorization, repeatable: true });
  }
}
