import { createMfaClient, type MfaClient, type MfaClientOptions } from '../src/client.ts';

/** A request as the server got it. */
export interface Got {
  method: string;
  path: string;
  authorization: string | null;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into bodies of any shape
  body: any;
}

/** What to answer; a function may throw, as a network does, or wait. */
export type Reply = { status: number; body?: unknown; headers?: Record<string, string>; text?: string };
type Script = Reply | ((got: Got, signal: AbortSignal | null) => Reply | Promise<Reply>);

export const lost = (): never => {
  throw new TypeError('fetch failed');
};

export const SESSION = 'session-of-16-characters-1';
let made = 1;
/** A session nobody had before. */
export const freshSession = (): string => `session-of-16-characters-${++made}`;

/** An MfaNext offering `names`. */
export const nextBody = (session: string, names: string[], more: Record<string, unknown> = {}) => ({
  msgCode: 'additional_auth_required',
  msg: 'more is needed',
  flow: 'signIn',
  session,
  next: names.map((name) => ({ action: { name, label: name } })),
  ...more,
});
export const goesOn = (session: string, names: string[], more = {}): Reply => ({
  status: 401,
  body: nextBody(session, names, more),
});
export const begun = (names: string[], more: Record<string, unknown> = {}): Reply => ({
  status: 200,
  body: nextBody(SESSION, names, more),
});
export const completes = (more: Record<string, unknown> = {}): Reply => ({
  status: 200,
  body: {
    ...{
      flow: 'signIn',
      payload: '',
      payloadSignature: '',
      idToken: 'i',
      accessToken: 'a',
      refreshToken: 'r',
    },
    ...more,
  },
});
export const refuses = (status: number, msgCode: string): Reply => ({ status, body: { msgCode, msg: 'no' } });

/** Answers what a script says, one reply per request, and remembers what it got. */
export class FakeServer {
  readonly got: Got[] = [];
  private readonly script: Script[] = [];

  then(...replies: Script[]): this {
    this.script.push(...replies);
    return this;
  }

  get paths(): string[] {
    return this.got.map(({ path }) => path.replace(/^.*(\/fido2\/v2\/mfa\/|\/fido2\/v2|(?=\/v1))/, ''));
  }

  get last(): Got {
    return this.got.at(-1)!;
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    const got: Got = {
      method: init?.method ?? 'GET',
      path: new URL(String(input)).pathname,
      authorization: headers.get('authorization'),
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    this.got.push(got);
    const next = this.script.shift();
    if (!next) throw new Error(`unexpected ${got.method} ${got.path}`);
    const {
      status,
      body,
      headers: more,
      text,
    } = typeof next === 'function' ? await next(got, init?.signal ?? null) : next;
    init?.signal?.throwIfAborted();
    return new Response(status === 204 ? null : (text ?? JSON.stringify(body)), {
      status,
      headers: { 'content-type': 'application/json; charset=utf-8', ...more },
    });
  };

  client(more: Partial<MfaClientOptions> = {}): MfaClient {
    return createMfaClient({
      baseUrl: 'https://mfa.example/apps/bank',
      fetch: this.fetch,
      retryDelaysMs: [0, 0],
      ...more,
    });
  }

  /** A client in a flow that offers `names`. */
  async begunClient(names: string[], more: Record<string, unknown> = {}): Promise<MfaClient> {
    this.then(begun(names, more));
    const mfa = this.client();
    await mfa.beginFlow('dana');
    return mfa;
  }
}
