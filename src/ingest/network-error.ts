import { HivisError } from '../shared/errors.js';

type Failure = { readonly message: string; readonly retryable: boolean };

/** The host could not be reached at all; nothing was sent. */
const UNREACHABLE: Readonly<Record<string, Failure>> = {
  ENOTFOUND: { message: 'is not known to DNS. Check the spelling of the address.', retryable: false },
  EAI_AGAIN: { message: 'could not be looked up (DNS did not answer). Try again later.', retryable: true },
  ECONNREFUSED: { message: 'refused the connection. Check the port and that the server runs.', retryable: true },
  EHOSTUNREACH: { message: 'cannot be reached from here. Check the network and the address.', retryable: true },
  ENETUNREACH: { message: 'cannot be reached from here. Check the network and the address.', retryable: true },
  EADDRNOTAVAIL: { message: 'cannot be reached from here. Check the network and the address.', retryable: true },
  ETIMEDOUT: { message: 'did not accept the connection in time. Check the address and firewalls.', retryable: true },
  UND_ERR_CONNECT_TIMEOUT: {
    message: 'did not accept the connection in time. Check the address and firewalls.',
    retryable: true,
  },
};

const CERTIFICATE = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS_CERT_ALTNAME)/;
const TLS = /^(EPROTO|ERR_SSL_|ERR_TLS_)/;
const BROKEN = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
]);
const BAD_HTTP = /^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES)/;

/** The `code` of an error or of what caused it (fetch errors wrap, address races bundle). */
export function errorCodeOf(thrown: unknown): string {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 5; error = error.cause, depth += 1) {
    if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
    if (error instanceof AggregateError && error.errors.length > 0) return errorCodeOf(error.errors[0]);
    // The parser of undici leaves its code out where it has none.
    if (error.name === 'HTTPParserError') return 'HPE_INVALID';
  }
  return '';
}

/** The connection broke underway: what was received so far is good, and more may be had. */
export function isBrokenConnection(thrown: unknown): boolean {
  return BROKEN.has(errorCodeOf(thrown)) || errorCodeOf(thrown) === 'ETIMEDOUT';
}

/** A failed request as a HivisError; undefined when the error is none of the network's. */
export function toNetworkError(thrown: unknown, host: string): HivisError | undefined {
  if (thrown instanceof HivisError) return thrown;
  const code = errorCodeOf(thrown);
  const unreachable = UNREACHABLE[code];
  const make = (kind: 'host_unreachable' | 'download_failed', message: string, retryable: boolean): HivisError =>
    new HivisError(kind, message, { retryable, cause: thrown, details: { host, reason: code } });
  if (unreachable !== undefined)
    return make('host_unreachable', `The host ${host} ${unreachable.message}`, unreachable.retryable);
  if (CERTIFICATE.test(code))
    return make('download_failed', `${certificateProblem(code, host)} Renew it or serve the file elsewhere.`, false);
  if (TLS.test(code))
    return make(
      'download_failed',
      `The host ${host} does not speak TLS on this port. Check http:// or https://.`,
      false,
    );
  if (BROKEN.has(code))
    return make('download_failed', `The host ${host} broke the connection off. Try again later.`, true);
  if (BAD_HTTP.test(code))
    return make(
      'download_failed',
      `The host ${host} did not answer with valid HTTP. Check the address and port.`,
      false,
    );
  return undefined;
}

function certificateProblem(code: string, host: string): string {
  if (code === 'CERT_HAS_EXPIRED') return `The TLS certificate of ${host} has expired.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `The TLS certificate of ${host} belongs to another host.`;
  if (code.includes('SELF_SIGNED'))
    return `The TLS certificate of ${host} is self-signed (for a private authority set NODE_EXTRA_CA_CERTS).`;
  return `The TLS certificate of ${host} cannot be trusted (${code}).`;
}
