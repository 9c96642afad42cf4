import { z } from 'zod';
import { getAnalysis } from '../../db/analyses.js';
import { listDeliveries, replayDelivery, type DeliveryRow } from '../../db/deliveries.js';
import { redactUrl } from '../../ingest/url-guard.js';
import type { ApiContext } from '../context.js';
import { defineRoute, type Route } from '../route.js';
import {
  deliveryIdSchema,
  deliveryListSchema,
  deliveryViewSchema,
  type DeliveryList,
  type DeliveryView,
} from '../schemas.js';
import { analysisParamsSchema } from './analyses.js';

export function deliveryRoutes(context: ApiContext): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/v1/analyses/:id/deliveries',
      operationId: 'listDeliveries',
      summary: 'Webhooks of an analysis and how they went',
      tag: 'deliveries',
      params: analysisParamsSchema,
      responses: { 200: { description: 'Newest first', schema: deliveryListSchema } },
      errors: ['invalid_request', 'unauthorized', 'analysis_not_found'],
      handle: async ({ res, params }) => {
        await getAnalysis(context.sql, params.id);
        const rows = await listDeliveries(context.sql, params.id);
        res.json({ items: rows.map(toDeliveryView) } satisfies DeliveryList);
      },
    }),
    defineRoute({
      method: 'post',
      path: '/v1/deliveries/:id/replay',
      operationId: 'replayDelivery',
      summary: 'Send a webhook once more',
      tag: 'deliveries',
      params: z.strictObject({ id: deliveryIdSchema }),
      responses: { 202: { description: 'It will be sent', schema: deliveryViewSchema } },
      errors: ['invalid_request', 'unauthorized', 'cross_site_refused', 'delivery_not_found'],
      handle: async ({ res, params }) => {
        const row = await replayDelivery(context.sql, params.id);
        try {
          await context.producer.enqueueDelivery(row.id, 0);
        } catch (error) {
          context.log.warn({ err: error, deliveryId: row.id }, 'delivery not queued yet; the reconciler will');
        }
        res.status(202).json(toDeliveryView(row));
      },
    }),
  ];
}

function toDeliveryView(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    analysisId: row.analysisId,
    eventType: row.eventType,
    url: redactUrl(row.url),
    status: row.status,
    attempts: row.attempts,
    log: row.log.map((entry) => ({
      at: entry.at,
      durationMs: Math.round(entry.durationMs),
      statusCode: entry.statusCode,
      error: entry.error,
    })),
    nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
  };
}
