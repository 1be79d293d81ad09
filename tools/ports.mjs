/** TCP ports of 127.0.0.1. */
import { createServer } from 'node:net';

const listen = (port) =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });

/** `count` different ports nobody listens on. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Whether `port` can be listened on. */
export async function isFree(port) {
  try {
    const server = await listen(port);
    await new Promise((resolve) => server.close(resolve));
    return true;
  } catch {
    return false;
  }
}

/** `preferred` where it is free, else any. For ports that everybody learns from the run file. */
export const portNear = async (preferred) =>
  (await isFree(preferred)) ? preferred : (await freePorts(1))[0];
