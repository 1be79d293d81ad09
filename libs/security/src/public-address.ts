import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The addresses that IANA gives out for the IPv6 internet; everything outside is special or not in use. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether `address` is one of the public internet. It says no to all that is special (loopback, private, link local
 * with the clouds' 169.254.169.254, carrier-grade NAT, multicast, documentation, …) and to every IPv6 form that
 * carries an IPv4 address (mapped, compatible, 6to4, Teredo), because what it reaches is decided elsewhere. The one
 * exception is NAT64's well-known prefix, by which hosts without IPv4 reach public IPv4 addresses.
 */
export function isPublic(address: Address): boolean {
  if (isIPv4(address)) return address.range() === 'unicast';
  if (isWellKnownNat64(address)) return isPublic(embedded(address));
  return address.match(GLOBAL_UNICAST) && address.range() === 'unicast';
}

export const isIPv4 = (address: Address): address is ipaddr.IPv4 => address.kind() === 'ipv4';

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
const isWellKnownNat64 = (address: ipaddr.IPv6): boolean => address.match(NAT64);

const embedded = (address: ipaddr.IPv6): ipaddr.IPv4 => new ipaddr.IPv4(address.toByteArray().slice(12));
