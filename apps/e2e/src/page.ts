import type { Bank } from './bank.ts';
import type { Answer, Request } from './http.ts';

/** A user's page in a flow: it holds the session, sends it raw as LoginID's SDK does, and takes over a new one. */
export class Page {
  readonly flowId: string;
  session: string;

  constructor(
    private readonly bank: Bank,
    /** What `begin` answered. */
    readonly begun: Answer['body'],
  ) {
    this.flowId = begun.flowId as string;
    this.session = begun.session as string;
  }

  /** A step with the session held now, or the one given; a session in the answer is taken over (contracts §1.6). */
  async step(path: string, body: unknown, session = this.session, more: Request = {}): Promise<Answer> {
    const answer = await this.repeat(path, body, session, more);
    if (answer.body?.session) this.session = answer.body.session as string;
    return answer;
  }

  /** A step that takes nothing over: another tab, or a repeat. */
  repeat(path: string, body: unknown, session = this.session, more: Request = {}): Promise<Answer> {
    return this.bank.call('POST', `/fido2/v2/mfa/${path}`, { authorization: session, body, ...more });
  }

  verify(token: string): Promise<Answer> {
    return this.step('third-party/verify', { token });
  }

  deny(): Promise<Answer> {
    return this.step('deny', {});
  }

  abandon(): Promise<Answer> {
    return this.step('abandon', {});
  }

  current(session = this.session): Promise<Answer> {
    return this.bank.call('GET', '/v1/flows/current', { authorization: session });
  }
}
