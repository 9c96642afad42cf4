import { describe, expect, test } from 'vitest';
import { findAddressObjection } from '../../../src/ingest/address.js';

const PUBLIC_ONLY = { allowPrivate: false, allowedHosts: [] };
const PRIVATE_TOO = { allowPrivate: true, allowedHosts: [] };

describe('findAddressObjection', () => {
  test.each([
    '93.184.216.34',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.0',
    '2606:2800:220:1:248:1893:25c8:1946',
    '2a00:1450:4001:82a::200e',
    '::ffff:93.184.216.34',
    '64:ff9b::93.184.216.34',
    '[2606:4700::1111]',
  ])('lets the public address %s pass', (address) => {
    expect(findAddressObjection(address, PUBLIC_ONLY)).toBeUndefined();
    expect(findAddressObjection(address, PRIVATE_TOO)).toBeUndefined();
  });

  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'carrier-grade'],
    ['::1', 'loopback'],
    ['fd12:3456:789a::1', 'private'],
    ['fc00::1', 'private'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:a00:1', 'private'],
    ['0:0:0:0:0:ffff:192.168.0.1', 'private'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::7f00:1', 'loopback'],
  ])('refuses %s unless private addresses are allowed', (address, word) => {
    expect(findAddressObjection(address, PUBLIC_ONLY)).toContain(word);
    expect(findAddressObjection(address, PRIVATE_TOO)).toBeUndefined();
  });

  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b::169.254.169.254',
    '100.100.100.200',
    'fd00:ec2::254',
    'FD00:EC2:0:0::254',
    'fd20:ce::254',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fec0::1',
    '100::1',
    '::7f00:1',
    '::10.0.0.1',
    '2001:db8::1',
    '2001::1',
    '2002:7f00:1::',
    '2002:a00:1::1',
    '64:ff9b:1::10.0.0.1',
    '5f00::1',
    '4000::1',
    'not an address',
    '',
  ])('refuses %s whatever is allowed', (address) => {
    expect(findAddressObjection(address, PUBLIC_ONLY)).toBeTypeOf('string');
    expect(findAddressObjection(address, PRIVATE_TOO)).toBeTypeOf('string');
  });

  test('a listed network opens its own addresses and nothing else', () => {
    const policy = { ...PUBLIC_ONLY, privateNetworks: ['10.20.0.0/16', 'fd12::/16', 'nonsense'] };
    expect(findAddressObjection('10.20.1.1', policy)).toBeUndefined();
    expect(findAddressObjection('::ffff:10.20.1.1', policy)).toBeUndefined();
    expect(findAddressObjection('fd12::5', policy)).toBeUndefined();
    expect(findAddressObjection('10.21.1.1', policy)).toContain('private');
    expect(findAddressObjection('127.0.0.1', policy)).toContain('loopback');
    expect(findAddressObjection('169.254.169.254', { ...policy, privateNetworks: ['169.254.0.0/16'] })).toContain(
      'link',
    );
    expect(findAddressObjection('0.0.0.0', { ...policy, privateNetworks: ['0.0.0.0/0'] })).toBeTypeOf('string');
  });
});
