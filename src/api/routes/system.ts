import { getCapacity, getStats } from '../../db/screens.js';
import { HIVIS_VERSION } from '../../shared/version.js';
import { toCapacityView } from '../capacity.js';
import type { ApiContext } from '../context.js';
import type { Metrics } from '../metrics.js';
import { itemsOf } from '../models.js';
import { createQueueCounts } from '../queue-counts.js';
import type { ModelEntry } from '../../inference/manifest.js';
import { defineRoute, type Route } from '../route.js';
import {
  capacitySchema,
  healthSchema,
  modelListSchema,
  readinessSchema,
  statsSchema,
  type ModelList,
  type Readiness,
  type Stats,
} from '../schemas.js';

export type SystemParts = {
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
};

export function systemRoutes(context: ApiContext, parts: SystemParts): Route[] {
  return [
    modelsRoute(context),
    capacityRoute(context),
    statsRoute(context),
    healthRoute(),
    readyRoute(parts),
    metricsRoute(parts),
  ];
}

function modelsRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/models',
    operationId: 'listModels',
    summary: 'What can be detected with',
    tag: 'system',
    responses: { 200: { description: 'The models', schema: modelListSchema } },
    errors: ['unauthorized'],
    handle: ({ res }) => {
      const { defaultId } = context.models;
      res.json({ defaultId, items: context.models.list().map(toModelView) } satisfies ModelList);
    },
  });
}

function toModelView(entry: ModelEntry): ModelList['items'][number] {
  return {
    id: entry.id,
    version: entry.version,
    licence: entry.licence,
    sha256: entry.sha256,
    sizeBytes: entry.sizeBytes,
    imageSize: entry.imageSize,
    classes: [...entry.classes],
    items: itemsOf(entry),
    minConfidence: entry.thresholds.minConfidence,
    quality: entry.quality ?? null,
  };
}

function capacityRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/capacity',
    operationId: 'getCapacity',
    summary: 'How much video waits and how fast it goes',
    tag: 'system',
    responses: { 200: { description: 'Backlog and throughput', schema: capacitySchema } },
    errors: ['unauthorized'],
    handle: async ({ res }) => {
      res.json(toCapacityView(await getCapacity(context.sql)));
    },
  });
}

function statsRoute(context: ApiContext): Route {
  const readQueue = createQueueCounts(context.producer);
  return defineRoute({
    method: 'get',
    path: '/stats',
    operationId: 'getStats',
    summary: 'A few figures',
    tag: 'system',
    responses: { 200: { description: 'Figures', schema: statsSchema } },
    handle: async ({ res }) => {
      const [{ analyses, workers }, queue] = await Promise.all([getStats(context.sql), readQueue()]);
      const uptimeSeconds = Math.floor(process.uptime());
      res.setHeader('Cache-Control', 'no-store');
      res.json({ version: HIVIS_VERSION, uptimeSeconds, workers, analyses, queue } satisfies Stats);
    },
  });
}

function healthRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/healthz',
    operationId: 'getHealth',
    summary: 'Whether the process lives',
    tag: 'system',
    responses: { 200: { description: 'It does', schema: healthSchema } },
    handle: ({ res }) => {
      res.setHeader('Cache-Control', 'no-store');
      res.json({ status: 'ok', version: HIVIS_VERSION });
    },
  });
}

function readyRoute(parts: SystemParts): Route {
  return defineRoute({
    method: 'get',
    path: '/readyz',
    operationId: 'getReadiness',
    summary: 'Whether database, schema, queue and storage work',
    tag: 'system',
    responses: {
      200: { description: 'All of them do', schema: readinessSchema },
      503: { description: 'One does not; `reason` says why', schema: readinessSchema },
    },
    handle: async ({ res }) => {
      const readiness = await parts.readiness();
      res.setHeader('Cache-Control', 'no-store');
      res.status(readiness.status === 'ready' ? 200 : 503).json(readiness);
    },
  });
}

function metricsRoute(parts: SystemParts): Route {
  return defineRoute({
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    summary: 'Figures for Prometheus',
    tag: 'system',
    responses: { 200: { description: 'Prometheus text format', contentTypes: ['text/plain'] } },
    errors: ['unauthorized'],
    handle: async ({ res }) => {
      res.setHeader('Cache-Control', 'no-store');
      res.type(parts.metrics.registry.contentType).send(await parts.metrics.render());
    },
  });
}
