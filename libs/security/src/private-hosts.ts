import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { type Address, isIPv4 } from './public-address.ts';

/** What an operator lifts the rules for: names by themselves (no subdomains), addresses alone or as ranges. */
export class PrivateHosts {
  private readonly names = new Set<string>();
  private readonly ranges: [Address, number][] = [];

  /** Throws TypeError for an entry that is no host name, address or range: a typing error must not go unnoticed. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const range = rangeOf(entry);
      if (range) this.ranges.push(range);
      else this.names.add(nameOf(entry));
    }
  }

  /** `host` as WHATWG's URL spells it. */
  hasName(host: string): boolean {
    return this.names.has(host);
  }

  hasAddress(address: Address): boolean {
    return this.ranges.some(([from, bits]) => contains(from, bits, address));
  }
}

/** A mapped address (`::ffff:10.0.0.1`) is in no IPv4 range: it was not named. */
function contains(from: Address, bits: number, address: Address): boolean {
  if (isIPv4(from)) return isIPv4(address) && address.match(from, bits);
  return !isIPv4(address) && address.match(from, bits);
}

function rangeOf(entry: string): [Address, number] | undefined {
  const [address = '', bits, ...more] = entry.split('/');
  const parsed = literal(address.replace(/^\[(.*)\]$/, '$1'));
  if (bits === undefined) return parsed && [parsed, isIPv4(parsed) ? 32 : 128];
  if (!parsed || more.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (isIPv4(parsed) ? 32 : 128))
    throw new TypeError(`'${entry}' is no range of addresses`);
  return [parsed, Number(bits)];
}

function nameOf(entry: string): string {
  const name = domainToASCII(entry);
  // the last label of an address in an odd spelling (127.1, 0x7f.1) is a number; of a name it never is
  if (!/^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*(?!\d)[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(name))
    throw new TypeError(`'${entry}' is no host name`);
  return name;
}

/** The address that `text` spells in the usual way; undefined for any other spelling, and for names. */
export function literal(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return text.includes(':') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}
