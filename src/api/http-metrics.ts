import type { RequestHandler } from 'express';
import { Histogram, type Registry } from 'prom-client';
import type { Logger } from '../shared/logger.js';

/** Durations by route (never by address: ids would make endless series), and a log line per finished request. */
export function createHttpMetrics(registry: Registry, log: Logger): RequestHandler {
  const durations = new Histogram({
    name: 'hivis_http_request_duration_seconds',
    help: 'Duration of HTTP requests by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once('close', () => {
      const durationMs = performance.now() - startedAt;
      const route = readRoute(req.route as unknown);
      const status = res.writableFinished ? res.statusCode : 499;
      // Event streams last as long as somebody looks; they would drown the durations of all others.
      if (!route.endsWith('/events'))
        durations.observe({ method: req.method, route, status: String(status) }, durationMs / 1000);
      const level = status >= 500 ? 'warn' : req.method === 'GET' ? 'debug' : 'info';
      log[level](
        { method: req.method, route, path: req.path, status, durationMs: Math.round(durationMs) },
        'http request',
      );
    });
    next();
  };
}

function readRoute(route: unknown): string {
  if (typeof route !== 'object' || route === null || !('path' in route)) return 'other';
  return typeof route.path === 'string' ? route.path : 'other';
}
