import { completedBy, continuedBy, type Continued, malformed, refusalOf, sessionIn } from './answers.ts';
import { readClaims } from './claims.ts';
import type { FlowStore } from './flow-store.ts';
import type { Answer, Call, Http } from './http.ts';
import { MfaError } from './mfa-error.ts';

const MFA = '/fido2/v2/mfa/';

/**
 * One flow, and the rule it follows (contracts §1.6): 200 completes it; 401 with a session goes on with what the body
 * says; anything else is a refusal, which throws and leaves the session as it was.
 */
export class FlowEngine {
  /** Counts flows: what comes back for an earlier one must not overwrite the one begun since. */
  private generation = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly http: Http,
    readonly store: FlowStore,
  ) {}

  /** Begins anew: whatever was there is forgotten first, as LoginID's SDK does. Not repeated: a ticket is for once. */
  async begin(username: string, body: Record<string, unknown>, call: Call): Promise<void> {
    const generation = ++this.generation;
    this.store.clear();
    const answer = await this.http.send('POST', `${MFA}begin`, { ...call, body });
    if (generation !== this.generation) throw noSession('Another flow was begun meanwhile');
    if (answer.status !== 200) throw refusalOf(answer);
    const begun = continuedBy(answer.body);
    if (!begun) throw malformed(answer, 'The server began no flow');
    this.store.set({ username, ...begun });
  }

  /** Shows a proof. Lost answers are asked for again. */
  step(path: string, body: Record<string, unknown>, signal?: AbortSignal): Promise<void> {
    return this.inTurn(async (isCurrent) => {
      const answer = await this.post(path, body, { signal, repeatable: true });
      if (!isCurrent()) throw noSession('Another flow was begun meanwhile');
      if (answer.status === 200) return this.complete(answer);
      this.goOn(answer);
    });
  }

  /** Asks for what comes before a proof (a message, a secret); the flow stays where it is. Answers the body. */
  request(path: string, body: Record<string, unknown>, signal?: AbortSignal): Promise<unknown> {
    return this.inTurn(async (isCurrent) => {
      const answer = await this.post(path, body, { signal });
      if (!isCurrent()) throw noSession('Another flow was begun meanwhile');
      if (answer.status !== 200) return this.goOn(answer);
      const session = sessionIn(answer.body);
      if (session === undefined) throw malformed(answer, 'The answer has no session');
      this.store.set({ ...this.store.state, session });
      return answer.body;
    });
  }

  /** A step whose success is a new list of actions: the payload was changed. */
  update(path: string, body: Record<string, unknown>, signal?: AbortSignal): Promise<void> {
    return this.inTurn(async (isCurrent) => {
      const answer = await this.post(path, body, { signal, repeatable: true });
      if (!isCurrent()) throw noSession('Another flow was begun meanwhile');
      const changed = answer.status === 200 ? continuedBy(answer.body) : undefined;
      if (answer.status === 200 && !changed) throw malformed(answer, 'The answer has no session');
      if (changed) return this.replace(changed);
      this.goOn(answer);
    });
  }

  /** Ends the flow without success; what is kept of it here goes too. */
  leave(path: 'deny' | 'abandon', signal?: AbortSignal): Promise<void> {
    return this.inTurn(async (isCurrent) => {
      const answer = await this.post(path, {}, { signal, repeatable: true });
      if (answer.status >= 300) throw refusalOf(answer);
      if (isCurrent()) this.store.clear();
    });
  }

  /** Tells the server what went wrong here. Never rejects: it must not hide the error it is about. */
  report(event: string): Promise<void> {
    return this.inTurn(async (isCurrent) => {
      const authorization = this.session();
      const body = { event, isError: true };
      const answer = await this.http.send('POST', '/fido2/v2/client-events/submit', { authorization, body });
      const session = answer.status === 200 ? sessionIn(answer.body) : undefined;
      if (session && isCurrent()) this.store.set({ ...this.store.state, session });
    }).catch(() => {});
  }

  /** The flow as the server sees it. Throws MfaError: 401 where it is over, or went on in another tab. */
  current(signal?: AbortSignal): Promise<Answer> {
    return this.inTurn(async () => {
      const authorization = this.session();
      const answer = await this.http.send('GET', '/v1/flows/current', {
        authorization,
        signal,
        repeatable: true,
      });
      if (answer.status !== 200) throw refusalOf(answer);
      return answer;
    });
  }

  /** Forgets the flow here; answers that are under way change nothing. */
  forget(): void {
    this.generation++;
    this.store.clear();
  }

  /** Throws MfaError `no_session`. */
  session(): string {
    const { session } = this.store.state;
    if (session === undefined) throw noSession('There is no flow: begin one');
    return session;
  }

  private post(path: string, body: Record<string, unknown>, call: Call): Promise<Answer> {
    return this.http.send('POST', MFA + path, { ...call, authorization: this.session(), body });
  }

  private goOn(answer: Answer): void {
    const continued = answer.status === 401 ? continuedBy(answer.body) : undefined;
    if (!continued) throw refusalOf(answer);
    this.replace(continued);
  }

  private replace(continued: Continued): void {
    const { username, flowId } = this.store.state;
    this.store.set({ username, ...(flowId !== undefined && { flowId }), ...continued });
  }

  private complete(answer: Answer): void {
    const { username, flow, flowId } = this.store.state;
    const { completed, flow: said = flow } = completedBy(answer);
    const named = readClaims(completed.accessToken).username;
    this.store.set({
      // begun without a name: the token says who it was
      username: username === '' && typeof named === 'string' ? named : username,
      ...(said !== undefined && { flow: said }),
      ...(flowId !== undefined && { flowId }),
      next: [],
      because: [],
      completed,
    });
  }

  /**
   * One call after another: each may rotate the session. A call that was waiting when another flow was begun is not
   * made at all; `isCurrent` says after waiting for an answer whether it still counts.
   */
  private inTurn<T>(work: (isCurrent: () => boolean) => Promise<T>): Promise<T> {
    const { generation } = this;
    const isCurrent = () => generation === this.generation;
    const turn = this.last.then(() => {
      if (!isCurrent()) throw noSession('Another flow was begun meanwhile');
      return work(isCurrent);
    });
    this.last = turn.catch(() => {});
    return turn;
  }
}

const noSession = (msg: string): MfaError => new MfaError(0, 'no_session', msg);
