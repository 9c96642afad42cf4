import type { RequestHandler } from 'express';
import { HivisError } from '../shared/errors.js';
import { isLoopback } from './auth.js';

/**
 * For an API without keys that listens on loopback: answers to the names of this machine and of `publicUrl` only. A page
 * whose own name was pointed at 127.0.0.1 (DNS rebinding) would otherwise read everything as its own origin. The header
 * itself is looked at, not what a proxy forwarded: such a page can send that too.
 */
export function createHostGuard(publicUrl: string | null): RequestHandler {
  const publicHost = publicUrl !== null && URL.canParse(publicUrl) ? new URL(publicUrl).hostname : null;
  return (req, _res, next) => {
    const { host } = req.headers;
    if (host !== undefined && !isKnown(host, publicHost))
      throw new HivisError(
        'cross_site_refused',
        `Without API_KEYS only localhost is answered, not ${host}. Set PUBLIC_URL to the address that hivis is reached by, or API_KEYS.`,
      );
    next();
  };
}

function isKnown(host: string, publicHost: string | null): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return isLoopback(hostname) || hostname.endsWith('.localhost') || hostname === publicHost;
}
