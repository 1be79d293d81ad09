import { MfaError } from './mfa-error.ts';

/** What came back. `body` is parsed JSON; undefined where the answer was none. */
export interface Answer {
  status: number;
  body: unknown;
  headers: Headers;
}

export interface Call {
  authorization?: string | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
  /**
   * The server answers the identical request the same way twice: lost answers are asked for again. Only proofs are
   * such, because the server keeps the last step's answer for a while; a message would be sent twice.
   */
  repeatable?: boolean;
}

export interface HttpOptions {
  base: string;
  fetch: typeof fetch;
  timeoutMs: number;
  retryDelaysMs: readonly number[];
}

/** Answers that say the server, or what stands before it, was away. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504]);
const LONGEST_WAIT_MS = 5000;

/** Calls the API. No cookies, no redirects (a session must not follow one), nothing cached. */
export class Http {
  constructor(private readonly options: HttpOptions) {}

  /** The answer, whatever its status. Throws MfaError `network_error`, or the reason of an aborted `signal`. */
  async send(method: string, path: string, call: Call = {}): Promise<Answer> {
    const delays = call.repeatable ? [...this.options.retryDelaysMs] : [];
    for (;;) {
      const outcome = await this.once(method, path, call).catch((error: unknown) => {
        call.signal?.throwIfAborted();
        return new MfaError(0, 'network_error', 'The server could not be reached', { cause: error });
      });
      const isLost = outcome instanceof MfaError;
      const delay = isLost || AWAY.has(outcome.status) ? delays.shift() : undefined;
      if (delay === undefined) {
        if (isLost) throw outcome;
        return outcome;
      }
      await pause(isLost ? delay : Math.max(delay, retryAfterMs(outcome.headers)), call.signal);
    }
  }

  private async once(method: string, path: string, call: Call): Promise<Answer> {
    const { fetch, base, timeoutMs } = this.options;
    const inTime = AbortSignal.timeout(timeoutMs);
    const response = await fetch(base + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
        ...(call.authorization && { authorization: call.authorization }),
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      signal: call.signal ? AbortSignal.any([call.signal, inTime]) : inTime,
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
    });
    return { status: response.status, body: await bodyOf(response), headers: response.headers };
  }
}

/** JSON, where the answer says that it is (contracts §1.1). A cut-off body is a lost answer and rejects. */
async function bodyOf(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  const isJson = /^application\/(problem\+)?json/i.test(type);
  const text = response.status === 204 ? '' : await response.text();
  if (!isJson || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const retryAfterMs = (headers: Headers): number => {
  const seconds = Number(headers.get('retry-after'));
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_WAIT_MS) : 0;
};

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
