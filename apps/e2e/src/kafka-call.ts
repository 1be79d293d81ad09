/** An answer as a client without any library of ours reads it. */
export interface CallAnswer {
  status: number;
  headers: Headers;
  // answers of any shape are looked into
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test names members that the schema of an answer is about
  body: any;
}

export interface CallOptions {
  /** An API key, sent as Basic. */
  key?: string;
  /** Stands in Authorization as it is: an MFA session or a token. */
  authorization?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One request over HTTP. Rejects where no answer comes; an answer is never an error. */
export async function call(
  base: string,
  method: string,
  path: string,
  { key, authorization, body, headers }: CallOptions = {},
): Promise<CallAnswer> {
  const credential = key ? `Basic ${Buffer.from(`${key}:`).toString('base64')}` : authorization;
  const answer = await fetch(base + path, {
    method,
    headers: {
      accept: 'application/json',
      ...(credential && { authorization: credential }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  const json = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
  return { status: answer.status, headers: answer.headers, body: json ? JSON.parse(text) : text };
}

/** The body of an answer with the promised status; an error with all of it otherwise. */
export function bodyOf({ status, body }: CallAnswer, promised = 200) {
  if (status !== promised) throw new Error(`${status} instead of ${promised}: ${JSON.stringify(body)}`);
  return body;
}
