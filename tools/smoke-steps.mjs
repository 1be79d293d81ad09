/** Steps of a smoke run: each does something, says what it saw, and is timed. */
import { setTimeout as pause } from 'node:timers/promises';

/** What a step throws when an answer is not as promised. */
export class NotAsPromised extends Error {}

/** Throws unless `holds`. */
export function must(holds, what) {
  if (!holds) throw new NotAsPromised(what);
}

export class Steps {
  #count = 0;
  failed = 0;

  /** Runs one step; `work` answers { value, saw }. Prints its line. Rejects after printing, so that a job ends there. */
  async run(title, work) {
    const began = performance.now();
    const line = (mark, saw) => {
      const took = `${Math.round(performance.now() - began)} ms`;
      process.stdout.write(`${mark}  ${title.padEnd(58)} ${took.padStart(8)}  ${saw}\n`);
    };
    this.#count++;
    try {
      const { value, saw } = await work();
      line('ok  ', saw);
      return value;
    } catch (error) {
      this.failed++;
      line('FAIL', error.message);
      throw new Error(`${title}: ${error.message}`, { cause: error });
    }
  }

  summary() {
    return `${this.#count - this.failed} of ${this.#count} steps as promised`;
  }
}

/** Asks until `probe` answers something; at most 15 s. */
export async function eventually(probe, what) {
  const end = performance.now() + 15_000;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    must(performance.now() < end, `waited 15 s in vain for ${what}`);
    await pause(50);
  }
}

/** JSON over HTTP: { status, body }. `credential` is an API key (Basic) or, with `raw`, stands as it is. */
export async function ask(base, method, path, { key, session, body } = {}) {
  const authorization = key ? `Basic ${Buffer.from(`${key}:`).toString('base64')}` : session;
  const answer = await fetch(base + path, {
    method,
    headers: {
      accept: 'application/json',
      ...(authorization && { authorization }),
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
  return { status: answer.status, body: json ? JSON.parse(text) : text };
}

/** The body, where the status is the promised one. */
export function expectStatus({ status, body }, promised) {
  must(status === promised, `${status} instead of ${promised}: ${JSON.stringify(body).slice(0, 300)}`);
  return body;
}
