import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A service as the gateway sees it: whatever answers HTTP. */
export interface Upstream {
  url: string;
  requests: { method: string; url: string; headers: IncomingMessage['headers']; raw: string[] }[];
  connections: number;
  answer: RequestListener;
  close(): Promise<void>;
}

export async function upstream(name: string): Promise<Upstream> {
  const state: Upstream = {
    url: '',
    requests: [],
    connections: 0,
    answer: (request, response) => {
      request.resume().on('end', () => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ service: name }));
      });
    },
    close: () => closed(server),
  };
  const server = createServer((request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request;
    state.requests.push({ method, url, headers, raw: rawHeaders });
    state.answer(request, response);
  });
  server.on('connection', () => state.connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
