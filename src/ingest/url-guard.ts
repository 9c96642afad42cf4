import { isIP } from 'node:net';
import { HivisError } from '../shared/errors.js';
import { findAddressObjection, isOpenable } from './address.js';
import type { UrlPolicy } from './url-policy.js';

export type { UrlPolicy };

const MAX_URL_LENGTH = 8_192;

/** Names that never mean a public host (RFC 6761, RFC 8375 and ICANN's reservation of .internal). */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|home\.arpa)$/;

/**
 * Ports of services that are not HTTP but may act on bytes that look like their commands. The list of the Fetch
 * standard ("bad ports") plus databases and queues, which browsers need not think of but a server's neighbours do.
 */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1433, 1521, 1719, 1720, 1723, 2049, 2379, 3306, 3659,
  4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211, 27017,
]);

/**
 * The URL, or a refusal: everything that can be told without DNS. Throws `invalid_url` for text that is not a URL and
 * `url_not_allowed` for one that the policy forbids. Names are resolved and checked again whenever a connection is
 * made (`guarded-agent.ts`), so passing here is no promise.
 *
 * User and password in the URL are refused: the URL is stored, shown and logged; signed URLs do the same job.
 */
export function parsePublicUrl(text: string, policy: UrlPolicy): URL {
  const trimmed = text.trim();
  if (trimmed.length > MAX_URL_LENGTH)
    throw invalid(`The URL is longer than ${MAX_URL_LENGTH} characters. Give a shorter one.`);
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && !/^(https?|[a-z])$/.test(scheme) && !/^[^/]*:\d+(\/|$)/.test(trimmed))
    throw refused(`URLs of the kind ${scheme}: are not fetched. Give an http:// or https:// address.`);
  // eslint-disable-next-line no-control-regex -- the URL parser would silently drop tabs and line ends
  if (!/^https?:\/\/[^/\\]/i.test(trimmed) || /[\u0000-\u0020\u007f]/.test(trimmed) || !URL.canParse(trimmed))
    throw invalid('This is not a URL. Give a whole address such as https://example.com/video.mp4.');
  const url = new URL(trimmed);
  url.hash = '';
  checkCredentials(url);
  checkPort(url);
  checkHost(url, policy);
  return url;
}

/** The URL as it may be stored in reports, shown and logged: no credentials, query or fragment. */
export function redactUrl(url: string | URL): string {
  const text = String(url);
  if (!URL.canParse(text)) return '(not a URL)';
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

function checkCredentials(url: URL): void {
  if (url.username === '' && url.password === '') return;
  throw refused(
    'URLs with a user name or password are refused, because the URL is stored and shown. Give a signed URL or upload the file.',
  );
}

function checkPort(url: URL): void {
  if (url.port !== '' && BLOCKED_PORTS.has(Number(url.port)))
    throw refused(`Port ${url.port} belongs to a service that is not HTTP. Serve the file on another port.`);
}

function checkHost(url: URL, policy: UrlPolicy): void {
  const host = bareHost(url);
  if (policy.allowedHosts.length > 0 && !policy.allowedHosts.some((entry) => matchesHost(entry, host, portOf(url))))
    throw refused(
      `The host ${host} is not on the list of allowed hosts. Ask the operator to add it (URL_ALLOWED_HOSTS).`,
    );
  if (isIP(host) !== 0) {
    const objection = findAddressObjection(host, policy);
    if (objection !== undefined) throw refused(`The URL names ${objection}. ${adviceFor(host)}`, { host });
  } else if (PRIVATE_NAMES.test(host) && !policy.allowPrivate && (policy.privateNetworks ?? []).length === 0) {
    throw refused(`The URL names a private host (${host}). ${adviceFor('127.0.0.1')}`, { host });
  }
}

/** What to do about a refused address. */
export function adviceFor(address: string): string {
  return isOpenable(address)
    ? 'Give a public address, upload the file, or ask the operator to allow private addresses (URL_ALLOW_PRIVATE).'
    : 'Give a public address or upload the file.';
}

/** Host without brackets and without the root dot, lower case. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function portOf(url: URL): string {
  return url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
}

function matchesHost(entry: string, host: string, port: string): boolean {
  const [, name = '', wantedPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
  if (wantedPort !== undefined && wantedPort !== port && isIP(entry) === 0) return false;
  const wanted = isIP(entry) === 0 ? name.replace(/^\[|\]$/g, '') : entry.toLowerCase();
  return wanted.startsWith('*.') ? host.endsWith(wanted.slice(1)) : host === wanted;
}

function invalid(message: string): HivisError {
  return new HivisError('invalid_url', message);
}

function refused(message: string, details: Readonly<Record<string, unknown>> = {}): HivisError {
  return new HivisError('url_not_allowed', message, { details });
}
