/** GETs over kept sockets, by hand: Node's own client costs more than what is measured here, and on the same cores. */
import { once } from 'node:events';
import { connect } from 'node:net';

/**
 * Calls `path(i)` of the server at `url` `calls` times from `sockets` connections at once. Answers how many were served
 * a second; rejects at the first answer that is no 200.
 */
export async function plainLoad(url, path, { calls, sockets, authorization }) {
  const { hostname, port } = new URL(url);
  const credential = authorization ? `authorization: ${authorization}\r\n` : '';
  let begun = 0;
  const began = performance.now();
  const worker = async () => {
    const socket = connect(Number(port), hostname).setNoDelay(true);
    await once(socket, 'connect');
    try {
      while (begun < calls) {
        socket.write(`GET ${path(begun++)} HTTP/1.1\r\nhost: ${hostname}\r\n${credential}\r\n`);
        await answered(socket);
      }
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: sockets }, worker));
  return (calls / (performance.now() - began)) * 1000;
}

/** Resolves with the end of one answer that tells its length. */
const answered = (socket) =>
  new Promise((resolve, reject) => {
    let text = '';
    const end = (error) => {
      socket.off('data', read).off('error', end).off('close', gone);
      if (error) reject(error);
      else resolve();
    };
    const gone = () => end(new Error('the server hung up'));
    const read = (chunk) => {
      text += chunk.latin1Slice();
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
      if (text.length < head + 4 + length) return;
      end(text.startsWith('HTTP/1.1 200 ') ? undefined : new Error(`answered ${text.slice(0, 500)}`));
    };
    socket.on('data', read).on('error', end).on('close', gone);
  });
