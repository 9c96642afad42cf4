import { lookup as resolveWithSystem } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { HivisError } from '../shared/errors.js';
import { findAddressObjection } from './address.js';
import { adviceFor } from './url-guard.js';
import type { UrlPolicy } from './url-policy.js';

type ResolvedAddress = { readonly address: string; readonly family: number };
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export type GuardedAgentOptions = {
  /** Default: the system's resolver (hosts file included). */
  readonly resolve?: Resolve | undefined;
  readonly connectTimeoutMs?: number;
};

/**
 * An HTTP client that connects only to addresses that the policy allows. Name and connection cannot be told apart by
 * DNS rebinding: the lookup that is checked is the one that the socket uses, and the peer address of the finished
 * connection is checked once more. One bad address among several refuses the whole name.
 */
export function createGuardedAgent(policy: UrlPolicy, options: GuardedAgentOptions = {}): Dispatcher {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs ?? 10_000,
    lookup: createGuardedLookup(policy, options.resolve ?? resolveAll),
  });
  return new Agent({
    // Time limits are kept by the callers, which know the whole request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (target, callback) => {
      // The socket skips the lookup for literal addresses.
      const objection = isIP(target.hostname) === 0 ? undefined : findAddressObjection(target.hostname, policy);
      if (objection !== undefined) {
        callback(refused(target.hostname, objection, target.hostname), null);
        return;
      }
      connect(target, (...[error, socket]) => {
        if (error !== null) {
          callback(error, null);
          return;
        }
        const peer = socket.remoteAddress ?? '';
        const peerObjection = findAddressObjection(peer, policy);
        if (peerObjection === undefined) {
          callback(null, socket);
          return;
        }
        socket.destroy();
        callback(refused(target.hostname, peerObjection, peer), null);
      });
    },
  });
}

function createGuardedLookup(policy: UrlPolicy, resolve: Resolve): LookupFunction {
  return (host, options, callback) => {
    const answer = resolve(host).then((addresses) => checkAll(host, addresses, policy));
    answer.then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
}

function checkAll(
  host: string,
  addresses: readonly ResolvedAddress[],
  policy: UrlPolicy,
): readonly [ResolvedAddress, ...ResolvedAddress[]] {
  const [first, ...others] = addresses;
  if (first === undefined) throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
  for (const { address } of addresses) {
    const objection = findAddressObjection(address, policy);
    if (objection !== undefined) throw refused(host, objection, address);
  }
  return [first, ...others];
}

/** The address itself stays out of the message: it would tell outsiders what internal names resolve to. */
function refused(host: string, objection: string, address: string): HivisError {
  return new HivisError('url_not_allowed', `The host ${host} leads to ${objection}. ${adviceFor(address)}`, {
    details: { host },
  });
}

async function resolveAll(host: string): Promise<readonly ResolvedAddress[]> {
  return resolveWithSystem(host, { all: true, verbatim: true });
}
