import { randomUUID } from 'node:crypto';
import express, { Router, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Registry } from 'prom-client';
import { HivisError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { createAuth, type ApiKey } from './auth.js';
import { createCrossSiteGuard } from './cross-site.js';
import { createErrorHandler } from './errors.js';
import { createHostGuard } from './host-guard.js';
import { createHttpMetrics } from './http-metrics.js';
import { buildOpenApi } from './openapi.js';
import type { Route } from './route.js';
import { createStaticWeb } from './static-web.js';

export type AppParts = {
  readonly routes: readonly Route[];
  readonly bullBoard: Router;
  readonly registry: Registry;
  readonly log: Logger;
  readonly apiKeys: readonly ApiKey[];
  /** It listens on loopback and takes no keys: guarded by nothing but that. */
  readonly isOpenOnLoopback: boolean;
  readonly publicUrl: string | null;
  readonly trustedProxies: number;
  /** Where Vite puts the page. */
  readonly webDir: string;
};

export const BULL_BOARD_PATH = '/admin/queues';

/** Everything that is HTTP, in the order in which a request meets it. */
export function createApp(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', parts.trustedProxies);
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.use(createHttpMetrics(parts.registry, parts.log), nameRequest, securityHeaders());
  if (parts.isOpenOnLoopback) app.use(createHostGuard(parts.publicUrl));
  app.use(createCrossSiteGuard(parts.publicUrl));
  app.use(['/v1', '/metrics', BULL_BOARD_PATH], createAuth(parts.apiKeys));
  app.use(BULL_BOARD_PATH, parts.bullBoard);
  app.use('/v1', noStore);
  app.use(createApiRouter(parts.routes, parts.publicUrl));
  app.use(createStaticWeb(parts.webDir));
  app.use((req) => {
    throw new HivisError('route_not_found', `There is nothing at ${req.method} ${req.path}. See /openapi.json.`);
  });
  app.use(createErrorHandler(parts.log));
  return app;
}

function createApiRouter(routes: readonly Route[], publicUrl: string | null): Router {
  const router = Router();
  const document = JSON.stringify(buildOpenApi(routes, publicUrl));
  router.get('/openapi.json', (_req, res) => {
    res.setHeader('Cache-Control', 'no-cache');
    res.type('application/json').send(document);
  });
  for (const route of routes) router[route.method](route.path, ...route.handlers);
  for (const path of new Set(routes.map((route) => route.path)))
    router.all(
      path,
      refuseMethod(routes.filter((route) => route.path === path).map((route) => route.method.toUpperCase())),
    );
  return router;
}

function refuseMethod(allowed: readonly string[]): RequestHandler {
  const allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (req, res) => {
    res.setHeader('Allow', allow);
    if (req.method !== 'OPTIONS')
      throw new HivisError('method_not_allowed', `${req.path} does not take ${req.method}, only ${allow}.`);
    res.status(204).end();
  };
}

const nameRequest: RequestHandler = (_req, res, next) => {
  res.setHeader('X-Request-Id', randomUUID());
  next();
};

const noStore: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'no-store');
  next();
};

/**
 * Scripts and styles come from our own files only. TLS, if there is any, ends at a proxy: it decides about HSTS, and
 * upgrading to https here would break plain http on an intranet.
 */
function securityHeaders(): RequestHandler {
  return helmet({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        frameSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'self'"],
      },
    },
  });
}
