import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that nobody listens on now. Another process may take it; a caller that fails on it tries again. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the free port has no number');
  return address.port;
}

/** Below the range from which systems hand out ports of their own: no connection takes one of these meanwhile. */
const BLOCKS_FROM = 20_000;
const BLOCKS_TO = 31_000;

/** The first of `count` ports in a row that nobody listens on, for what counts its ports from a base. */
export async function freePortBlock(count: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const base = randomInt(BLOCKS_FROM, BLOCKS_TO - count);
    const block = Array.from({ length: count }, (_, i) => base + i);
    if ((await Promise.all(block.map(isFree))).every(Boolean)) return base;
  }
  throw new Error(`there are no ${count} free ports in a row`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
