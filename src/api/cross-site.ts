import type { Request, RequestHandler } from 'express';
import { HivisError } from '../shared/errors.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses writes that a page of another origin makes a browser send (CSRF): browsers add stored credentials, and an
 * open API on loopback has no other guard. Programs send neither header and pass.
 */
export function createCrossSiteGuard(publicUrl: string | null): RequestHandler {
  const publicOrigin = publicUrl !== null && URL.canParse(publicUrl) ? new URL(publicUrl).origin : null;
  return (req, _res, next) => {
    if (!SAFE_METHODS.has(req.method) && comesFromElsewhere(req, publicOrigin))
      throw new HivisError(
        'cross_site_refused',
        'Requests that change something are taken from pages of this server and from programs only.',
      );
    next();
  };
}

function comesFromElsewhere(req: Request, publicOrigin: string | null): boolean {
  const origin = req.headers.origin;
  if (origin !== undefined && (origin === publicOrigin || isOwnOrigin(req, origin))) return false;
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined;
}

/** Host alone is compared, not the scheme: a proxy that ends TLS may hide it. `req.host` honours TRUST_PROXY. */
function isOwnOrigin(req: Request, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === req.host;
}
