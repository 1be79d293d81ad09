import { type IncomingHttpHeaders, request } from 'node:http';

export interface Called {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The parsed body. */
  body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- specs look at members one by one
}

/** A request with any Host, path spelling and body, which fetch would tidy up. */
export function call(
  base: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | object } = {},
): Promise<Called> {
  const { hostname, port } = new URL(base);
  const text = typeof options.body === 'object' ? JSON.stringify(options.body) : options.body;
  const headers = {
    ...(typeof options.body === 'object' && { 'content-type': 'application/json' }),
    ...(text !== undefined && { 'content-length': String(Buffer.byteLength(text)) }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, path, method: options.method ?? 'GET', headers, agent: false },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const all = Buffer.concat(chunks).toString('utf8');
          const isJson = /json/.test(incoming.headers['content-type'] ?? '');
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: all,
            body: isJson && all !== '' ? JSON.parse(all) : undefined,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
export const basic = (user: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(user).toString('base64')}`,
});
