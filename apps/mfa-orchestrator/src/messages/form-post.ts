import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A request that got no whole answer. */
export class PostFailed extends Error {
  override name = 'PostFailed';
  constructor(
    /** For logs: `timeout`, `ECONNREFUSED`, … */
    readonly reason: string,
    /** Whether the other side may have got the request. */
    readonly mayHaveArrived: boolean,
  ) {
    super(`no answer: ${reason}`);
  }
}

export interface FormPost {
  /** http or https, without credentials. */
  url: URL;
  user: string;
  password: string;
  form: Record<string, string>;
  /** For everything, connecting and the answer's body included. */
  timeoutMs: number;
  /** Of the answer's body; what is beyond is not read. */
  maxBytes: number;
}

/**
 * Posts a form and answers status and body of whatever comes back; redirects are not followed (security 36). Each call
 * has a connection of its own: on a kept one nobody can say whether a request that failed had arrived. Throws PostFailed.
 */
export function postForm(post: FormPost): Promise<{ status: number; body: string }> {
  const { url, user, password, timeoutMs, maxBytes } = post;
  const body = new URLSearchParams(post.form).toString();
  return new Promise((resolve, reject) => {
    let connected = false;
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: NodeJS.ErrnoException) =>
      reject(new PostFailed(signal.aborted ? 'timeout' : (error.code ?? 'network'), connected));
    const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(
      url,
      {
        method: 'POST',
        agent: false,
        signal,
        auth: `${user}:${password}`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
          accept: 'application/json',
        },
      },
      (incoming) => {
        let text = '';
        let bytes = 0;
        const { statusCode: status = 0 } = incoming;
        const done = () => resolve({ status, body: text });
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          bytes += Buffer.byteLength(chunk);
          if (bytes <= maxBytes) text += chunk;
          else {
            done();
            incoming.destroy();
          }
        });
        // the status was read: that the rest is missing changes nothing about it
        incoming.on('end', done).on('error', done);
      },
    );
    outgoing.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (connected = true));
    });
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}
