/** JSON over kept connections, with as little of its own as can be: the load shares the cores with what it measures. */
import { Agent, request } from 'node:http';

/** A caller of `base`; `call` answers { status, body }. Rejects where there is no answer. */
export function caller(base) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port, pathname } = new URL(base);
  const prefix = pathname.replace(/\/$/, '');
  const call = (method, path, { authorization, body, form } = {}) =>
    new Promise((resolve, reject) => {
      const text = form ?? (body === undefined ? undefined : JSON.stringify(body));
      const headers = {
        ...(authorization && { authorization }),
        ...(text !== undefined && {
          'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
      };
      const sent = request({ agent, hostname, port, path: prefix + path, method, headers }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const said = Buffer.concat(chunks).toString();
          const json = /json/.test(response.headers['content-type'] ?? '');
          resolve({ status: response.statusCode, body: json ? JSON.parse(said) : said });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  /** The body; rejects where the status is another one. */
  const must = async (status, method, path, more) => {
    const answer = await call(method, path, more);
    if (answer.status === status) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  };
  return { call, must, close: () => agent.destroy() };
}

export const basic = (key) => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
