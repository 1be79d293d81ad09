import { Agent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';

/** What came back. `body` is parsed JSON, or the text where it is none. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- specs look into answers of any shape
  body: any;
  /** The body as it came over the wire. */
  text: string;
}

export interface Request {
  /** The whole Authorization header. */
  authorization?: string | undefined;
  /** Sent as JSON; a string as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Loopback address to come from: 127.0.0.2 is another client than 127.0.0.1. */
  from?: string | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 128 });

/** Ends the kept connections: a test file that is done must not hold its process. */
export const hangUp = (): void => agent.destroy();

/**
 * One request. Not fetch: specs send paths exactly as they write them (dot segments, doubled slashes), set Host, and
 * choose the address they come from.
 */
export function send(method: string, base: string, path: string, request: Request = {}): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const { authorization, body, headers, from } = request;
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        ...{ hostname, port, method, path, agent },
        ...(from !== undefined && { localAddress: from }),
        headers: {
          ...(authorization !== undefined && { authorization }),
          ...(text !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
          ...headers,
        },
      },
      (incoming) => {
        let answer = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => (answer += chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const isJson = incoming.headers['content-type']?.includes('json') ?? false;
          const parsed: unknown = isJson && answer !== '' ? JSON.parse(answer) : answer;
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: parsed,
            text: answer,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

export const bearer = (credential: string): string => `Bearer ${credential}`;
/** LoginID's form for API keys: key as user name, no password. */
export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
