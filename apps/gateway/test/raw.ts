import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A service that shows the bytes it gets. */
export interface RawUpstream {
  url: string;
  /** All bytes of each connection, in order. */
  received: string[];
  close(): Promise<void>;
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok';

/** Answers `ok` to every request that is framed by a length (or has no body), and keeps the connection. */
export async function rawUpstream(): Promise<RawUpstream> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const at = received.push('') - 1;
    let rest = '';
    sockets.add(socket.on('error', () => {}));
    socket.on('data', (chunk) => {
      received[at] += chunk.toString('latin1');
      rest += chunk.toString('latin1');
      for (let end = ended(rest); end > 0; end = ended(rest)) {
        rest = rest.slice(end);
        socket.write(OK);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, close };
}

/** Where the first request in `text` ends; 0 while it has not. */
function ended(text: string): number {
  const head = text.indexOf('\r\n\r\n') + 4;
  if (head === 3) return 0;
  const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= head + length ? head + length : 0;
}

/** Sends bytes as they are and reads until an answer's head is there. */
export function exchange(port: number, sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(sent, 'latin1'));
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1');
      if (got.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('error', reject).on('close', () => resolve(got));
  });
}

/** A connection that sends `sent` and then neither sends nor reads. */
export const holdOpen = (port: number, sent: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(sent, () => resolve(socket.pause())));
    socket.on('error', reject);
  });

export const chunked = (body: string): string =>
  `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
