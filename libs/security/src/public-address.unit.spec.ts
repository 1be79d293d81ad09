import { isPublic } from './public-address.ts';
import { literal } from './private-hosts.ts';

const isPublicText = (text: string) => isPublic(literal(text)!);

describe('public addresses (security 36, RP-08, OP-09)', () => {
  it.each([
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1'],
    ...['127.255.255.254', '169.254.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.1'],
    ...['192.0.2.1', '192.88.99.1', '192.168.0.1', '192.168.255.255', '198.18.0.1', '198.19.255.255'],
    ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ])('%s is none (RFC 6890)', (address) => expect(isPublicText(address)).toBe(false));

  it.each([
    ...['::', '::1', 'fe80::1', 'febf::1', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '100::1'],
    ...['2001:db8::1', '3fff::1', '2001:2::1', '2001:10::1', '2001:20::1', '5f00::1', '4000::1', '1000::1'],
  ])('%s is none (RFC 6890, RFC 4291)', (address) => expect(isPublicText(address)).toBe(false));

  it.each([
    ['mapped', '::ffff:127.0.0.1'],
    ['mapped', '::ffff:a9fe:a9fe'],
    ['mapped, public', '::ffff:8.8.8.8'],
    ['translated', '::ffff:0:127.0.0.1'],
    ['compatible', '::127.0.0.1'],
    ['compatible', '::a9fe:a9fe'],
    ['6to4', '2002:7f00:1::'],
    ['6to4, public', '2002:808:808::1'],
    ['NAT64', '64:ff9b::10.0.0.1'],
    ['NAT64', '64:ff9b::a9fe:a9fe'],
    ['NAT64 of a network', '64:ff9b:1::808:808'],
    ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ])('an IPv4 address inside an IPv6 one is none: %s %s', (_form, address) =>
    expect(isPublicText(address)).toBe(false),
  );

  it.each([
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '223.255.255.255',
    ],
    ...['169.253.255.255', '2606:4700::1111', '2a00:1450:4001::200e', '2400:cb00::1', '64:ff9b::8.8.8.8'],
  ])('%s is one', (address) => expect(isPublicText(address)).toBe(true));
});
