/// <reference lib="dom" />
import { redacted } from './redact.ts';

/** One request and its answer, secrets shortened. */
export interface LogEntry {
  at: string;
  method: string;
  path: string;
  authorization?: unknown;
  request?: unknown;
  /** 0: no answer came. */
  status: number;
  response?: unknown;
  ms: number;
  /** In a word: what kind of answer it was. */
  meaning: 'goes on' | 'complete' | 'ok' | 'refused' | 'lost';
}

const MOST = 100;

/** What this page asked and was told, newest first. In memory: a reload forgets. */
export class RequestLog {
  entries: LogEntry[] = [];
  onChange = (): void => {};

  /** A fetch that remembers. */
  readonly fetch: typeof fetch = async (input, init) => {
    const began = performance.now();
    const { method = 'GET' } = init ?? {};
    const { pathname } = new URL(String(input), location.href);
    const asked = {
      at: new Date(performance.timeOrigin + began).toLocaleTimeString(),
      method,
      path: pathname,
      authorization: redacted(new Headers(init?.headers).get('authorization') ?? undefined, 'authorization'),
      request: typeof init?.body === 'string' ? redacted(parsed(init.body)) : undefined,
    };
    const note = (status: number, body: unknown, meaning: LogEntry['meaning']) =>
      this.add({
        ...asked,
        status,
        response: redacted(body),
        ms: Math.round(performance.now() - began),
        meaning,
      });
    try {
      const answer = await fetch(input, init);
      const body = parsed(await answer.clone().text());
      note(answer.status, body, meaningOf(answer.status, body));
      return answer;
    } catch (error) {
      note(0, String(error), 'lost');
      throw error;
    }
  };

  private add(entry: LogEntry): void {
    this.entries = [entry, ...this.entries].slice(0, MOST);
    this.onChange();
  }
}

function meaningOf(status: number, body: unknown): LogEntry['meaning'] {
  const has = (name: string) => typeof body === 'object' && body !== null && name in body;
  if (status === 401 && has('session')) return 'goes on';
  if (status === 200 && has('accessToken') && has('flow')) return 'complete';
  return status < 400 ? 'ok' : 'refused';
}

function parsed(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text.slice(0, 200);
  }
}
