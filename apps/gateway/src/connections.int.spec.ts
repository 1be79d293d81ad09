import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { waitFor } from '@countersign/testing';
import { call, startGateway } from '../test/gateway.ts';
import { holdOpen } from '../test/raw.ts';
import { clientOf, limitConnections } from './connections.ts';

describe('connections of one client', () => {
  let server: Server;
  const start = async (exempt: string[]): Promise<number> => {
    server = createServer((_request, response) => response.end('ok'));
    limitConnections(server, exempt, 3);
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    return (server.address() as AddressInfo).port;
  };
  afterEach(() => void server.close().closeAllConnections());

  /** A connection from a loopback address, and whether it was let in (or was closed at once). */
  const from = (port: number, localAddress: string): Promise<{ socket: Socket; letIn: boolean }> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress });
      socket.on('error', () => {}).on('close', () => resolve({ socket, letIn: false }));
      socket.once('data', () => resolve({ socket, letIn: true }));
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    });

  it('API-09: have an end, other clients do not share it, and one that closes makes room', async () => {
    const port = await start([]);
    const first = await Promise.all([1, 2, 3].map(() => from(port, '127.0.0.1')));
    expect(first.map(({ letIn }) => letIn)).toEqual([true, true, true]);
    expect((await from(port, '127.0.0.1')).letIn).toBe(false);
    expect((await from(port, '127.0.0.2')).letIn).toBe(true);
    first[0]!.socket.destroy();
    await waitFor(async () => (await from(port, '127.0.0.1')).letIn, { timeoutMs: 2000 });
  });

  it('a trusted proxy brings everybody’s', async () => {
    const port = await start(['127.0.0.0/30', '::1/128', '10.0.0.1']);
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => from(port, '127.0.0.2')));
    expect(all.every(({ letIn }) => letIn)).toBe(true);
    const others = await Promise.all([1, 2, 3, 4, 5].map(() => from(port, '127.0.0.9')));
    expect(others.filter(({ letIn }) => letIn)).toHaveLength(3);
  });
});

it.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['2001:db8::5', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('API-09: %s counts as %s', (address, client) => {
  expect(clientOf(address)).toBe(client);
});

it('API-09: the gateway takes 1,000 connections of one client and no more', async () => {
  const it_ = await startGateway();
  const held = await Promise.all(Array.from({ length: 999 }, () => holdOpen(it_.gateway.port, 'GET /')));
  expect((await call(it_.gateway.url, '/v1/challenges')).status).toBe(200);
  const last = await holdOpen(it_.gateway.port, 'GET /');
  await expect(call(it_.gateway.url, '/v1/challenges')).rejects.toThrow(/ECONNRESET|hang up/);
  for (const socket of [...held, last]) socket.destroy();
  await it_.close();
}, 20_000);
