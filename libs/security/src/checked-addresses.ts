import { promises as dns } from 'node:dns';
import { FetchRefused } from './fetch-refused.ts';
import type { FetchTarget } from './fetch-target.ts';
import { isIPv4, isPublic } from './public-address.ts';
import { literal, type PrivateHosts } from './private-hosts.ts';

/** As `net.connect` takes them from a `lookup`. */
export interface CheckedAddress {
  address: string;
  family: 4 | 6;
}

/**
 * The addresses of `target`, asked once and each one allowed. The connection is made to these and nothing is resolved
 * again, so that a name which answers differently the next time (DNS rebinding) gains nothing. One address inside is
 * enough to refuse them all: no honest name has both. Throws FetchRefused.
 */
export async function checkedAddresses(
  target: FetchTarget,
  privateHosts: PrivateHosts,
  nameServers: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<CheckedAddress[]> {
  const texts = target.address ? [target.host] : await resolve(target, nameServers, signal);
  const addresses = texts.map((text) => literal(text.replace(/%.*$/, '')));
  const checked = addresses.map((address) => {
    if (!address || !(target.named || isPublic(address) || privateHosts.hasAddress(address)))
      throw new FetchRefused('address', target.host);
    return { address: address.toString(), family: isIPv4(address) ? 4 : 6 } as const;
  });
  if (checked.length === 0) throw new FetchRefused('network', `${target.host} has no address`);
  return checked;
}

/**
 * Names that an operator listed are looked up as the machine does it (`/etc/hosts`, the container's names). All others
 * are strangers': their name servers may be slow on purpose, and the machine's way would hold one of the process's few
 * threads for every such question. The resolver needs none, and is stopped by `signal`.
 */
async function resolve(
  { host, named }: FetchTarget,
  nameServers: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  if (named) {
    const found = await dns.lookup(host, { all: true }).catch(() => []);
    return found.map(({ address }) => address);
  }
  const resolver = new dns.Resolver({ timeout: 2000, tries: 2 });
  if (nameServers) resolver.setServers(nameServers);
  const stop = () => resolver.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return found.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
