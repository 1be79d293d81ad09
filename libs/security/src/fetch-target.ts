import { type Address, isPublic } from './public-address.ts';
import { FetchRefused } from './fetch-refused.ts';
import { literal, type PrivateHosts } from './private-hosts.ts';

/** Where a request goes, as far as the URL alone tells. */
export interface FetchTarget {
  origin: string;
  /** Path with query. */
  path: string;
  /** Without brackets. */
  host: string;
  /** The address, if the host is one. */
  address: Address | undefined;
  /** The operator named this host: it may be anywhere. */
  named: boolean;
}

/**
 * Reads `text` as the address of a request. Throws FetchRefused for all that is refused without asking the network.
 * WHATWG's parser has undone odd spellings before anything is compared: `0x7f.1`, `2130706433` and `127.1` are
 * 127.0.0.1 here, as they would be for the connection.
 */
export function fetchTarget(text: string, privateHosts: PrivateHosts): FetchTarget {
  const url = URL.parse(text);
  if (!url || text.length > 8192) throw new FetchRefused('scheme', 'not a URL');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new FetchRefused('scheme', host);
  if (url.username || url.password) throw new FetchRefused('scheme', `${host}, credentials in the URL`);
  // `#` alone leaves url.hash empty
  if (text.includes('#')) throw new FetchRefused('scheme', `${host}, a fragment in the URL`);
  const address = literal(host);
  const named = privateHosts.hasName(host);
  const lifted = named || (address !== undefined && privateHosts.hasAddress(address));
  if (!lifted && isNeverPublic(host, address)) throw new FetchRefused('address', host);
  if (!lifted && url.protocol === 'http:') throw new FetchRefused('scheme', host);
  return { origin: url.origin, path: url.pathname + url.search, host, address, named };
}

/**
 * Hosts that need no look-up to be refused: addresses inside, `localhost` (RFC 6761 §6.3), and names with a dot at
 * their end, which no list and no certificate spells so.
 */
function isNeverPublic(host: string, address: Address | undefined): boolean {
  if (address) return !isPublic(address);
  return host.endsWith('.') || host === 'localhost' || host.endsWith('.localhost');
}
