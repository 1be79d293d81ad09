import type { Server } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

/** Open connections of one client at a time. */
const MOST_OF_ONE = 1000;

/**
 * Closes connections beyond `most` of one address. A network of 64 bits is one client in IPv6, where nobody has fewer
 * addresses; `exempt` proxies (addresses or ranges) bring everybody's.
 */
export function limitConnections(server: Server, exempt: readonly string[], most = MOST_OF_ONE): void {
  const proxies = blockListOf(exempt);
  const open = new Map<string, number>();
  server.prependListener('connection', (socket: Socket) => {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
    if (isIP(address) && proxies.check(address, familyOf(address))) return;
    const client = clientOf(address);
    const others = open.get(client) ?? 0;
    if (others >= most) {
      socket.destroy();
      return;
    }
    open.set(client, others + 1);
    socket.once('close', () => {
      const left = (open.get(client) ?? 0) - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    });
  });
}

/** What of an address stands for its owner: all of an IPv4 one, the first 64 bits of an IPv6 one. */
export function clientOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [front = '', back] = address.split('%', 1)[0]!.split('::');
  const groups = front === '' ? [] : front.split(':');
  const after = back === undefined || back === '' ? [] : back.split(':');
  if (back !== undefined) while (groups.length + after.length < 8) groups.push('0');
  return [...groups, ...after]
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(':');
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}
