import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { UrlPolicy } from './url-policy.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What an operator may open with `allowPrivate`; every other special range stays closed whatever the policy says. */
const OPENABLE: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/** Cloud metadata services that live in an openable range. 169.254.169.254 needs no entry: link-local never opens. */
const METADATA: ReadonlySet<string> = new Set(['fd00:ec2::254', 'fd20:ce::254', '100.100.100.200']);

const NAMES: Readonly<Record<string, string>> = {
  loopback: 'this machine (loopback)',
  private: 'a private network',
  uniqueLocal: 'a private network',
  carrierGradeNat: 'a carrier-grade NAT network',
  linkLocal: 'the local link (where cloud metadata services live)',
  multicast: 'a multicast group',
  broadcast: 'a broadcast address',
  unspecified: 'no host at all (unspecified address)',
};

/**
 * Why an address may not be contacted, as the end of a sentence ("… names a private network"), or undefined when it
 * may. Takes IPv4 and IPv6 in any spelling; addresses that carry an IPv4 address (mapped, NAT64) are judged by it.
 */
export function findAddressObjection(text: string, policy: UrlPolicy): string | undefined {
  const address = parseAddress(text);
  if (address === undefined) return 'an address that is not understood';
  if (METADATA.has(address.toString())) return 'a cloud metadata service';
  const range = rangeOf(address);
  if (range === 'unicast') return undefined;
  const opened = policy.allowPrivate || (policy.privateNetworks ?? []).some((network) => contains(network, address));
  if (OPENABLE.has(range) && opened) return undefined;
  return NAMES[range] ?? 'a reserved range of addresses';
}

/** Whether the policy could open the address, so that a message can name the setting. */
export function isOpenable(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && OPENABLE.has(rangeOf(address));
}

/**
 * IPv6 goes through the URL parser first, which writes groups in hex: the address library takes `::10.0.0.1` for a
 * mapped address, the network stack does not, and the two must not disagree.
 */
function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIPv4(bare)) return ipaddr.IPv4.parse(bare);
  if (!isIPv6(bare)) return undefined;
  return withoutWrapping(ipaddr.IPv6.parse(new URL(`http://[${bare}]`).hostname.slice(1, -1)));
}

/**
 * ::ffff:10.0.0.1 and 64:ff9b::10.0.0.1 (NAT64, the only route to IPv4 on IPv6-only networks) reach 10.0.0.1.
 * 6to4 and Teredo are not unwrapped: both are retired, so they stay refused as reserved.
 */
function withoutWrapping(address: ipaddr.IPv6): Address {
  const isNat64 = address.match(ipaddr.IPv6.parse('64:ff9b::'), 96);
  if (!address.isIPv4MappedAddress() && !isNat64) return address;
  return ipaddr.fromByteArray(address.toByteArray().slice(12));
}

/** Public IPv6 is 2000::/3 and nothing else: what no table lists (IPv4-compatible, site-local, unassigned) is refused. */
function rangeOf(address: Address): string {
  const range = address.range();
  if (range !== 'unicast' || address.kind() === 'ipv4') return range;
  return address.match(ipaddr.IPv6.parse('2000::'), 3) ? range : 'reserved';
}

function contains(network: string, address: Address): boolean {
  if (!ipaddr.isValidCIDR(network)) return false;
  const [base, bits] = ipaddr.parseCIDR(network);
  return base.kind() === address.kind() && address.match(base, bits);
}
