import { z } from 'zod';
import { listAnalyses } from '../../db/screens.js';
import { getCaller } from '../auth.js';
import type { ApiContext } from '../context.js';
import { createAnalysis, planAnalysis } from '../create-analysis.js';
import { invalidRequest } from '../errors.js';
import { readAnalysisView, toAnalysisView, toFreshView } from '../analysis-view.js';
import { defineRoute, type Route } from '../route.js';
import {
  analysisIdSchema,
  analysisListSchema,
  analysisViewSchema,
  createAnalysisQuerySchema,
  createAnalysisSchema,
  listAnalysesQuerySchema,
  quoteSchema,
  type AnalysisList,
} from '../schemas.js';
import { sendQuote } from './quotes.js';

export const analysisParamsSchema = z.strictObject({ id: analysisIdSchema });

export function analysisRoutes(context: ApiContext): Route[] {
  return [createRoute(context), listRoute(context), getRoute(context)];
}

function createRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/analyses',
    operationId: 'createAnalysis',
    summary: 'Submit a video',
    description: 'By URL or by the id of an upload. With `?dryRun=true` nothing is stored: the answer is a quote.',
    tag: 'analyses',
    query: createAnalysisQuerySchema,
    headers: [
      {
        name: 'Idempotency-Key',
        description:
          'The same key with the same body gives the same analysis, however often it is sent; with another body 409',
        example: '5d6a2f0e-8a4e-4a43-9d52-0a4f7d1c7b1e',
      },
    ],
    body: createAnalysisSchema,
    responses: {
      200: { description: 'Dry run: what it would cost', schema: quoteSchema },
      202: {
        description: 'Accepted (dry run: the quote is being made)',
        schema: z.union([analysisViewSchema, quoteSchema]),
        headers: { Location: 'Where to ask for its state' },
      },
    },
    errors: [
      'invalid_request', 'invalid_url', 'url_not_allowed', 'unknown_model', 'unauthorized', 'cross_site_refused',
      'upload_not_found', 'idempotency_conflict', 'payload_too_large', 'unsupported_media_type', 'too_many_queued',
    ], // prettier-ignore
    handle: async ({ req, res, query, body }) => {
      if (query.dryRun === true) {
        sendQuote(res, await context.quotes.request(await planAnalysis(context, body)));
        return;
      }
      const idempotencyKey = readIdempotencyKey(req.headers['idempotency-key']);
      const { row, created } = await createAnalysis(context, { caller: getCaller(req), idempotencyKey, body });
      if (!created) res.setHeader('Idempotent-Replayed', 'true');
      const view = created ? toFreshView(row) : await readAnalysisView(context.sql, row.id);
      res.status(202).location(view.links.self).json(view);
    },
  });
}

function listRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses',
    operationId: 'listAnalyses',
    summary: 'List analyses, newest first',
    tag: 'analyses',
    query: listAnalysesQuerySchema,
    responses: { 200: { description: 'A page of analyses', schema: analysisListSchema } },
    errors: ['invalid_request', 'unauthorized'],
    handle: async ({ res, query }) => {
      const { items, nextCursor } = await listAnalyses(context.sql, query);
      res.json({ items: items.map(toAnalysisView), nextCursor } satisfies AnalysisList);
    },
  });
}

function getRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id',
    operationId: 'getAnalysis',
    summary: 'The state of an analysis',
    description: 'Always 200 while the analysis exists, also while it runs and after it failed.',
    tag: 'analyses',
    params: analysisParamsSchema,
    responses: { 200: { description: 'The analysis', schema: analysisViewSchema } },
    errors: ['invalid_request', 'unauthorized', 'analysis_not_found'],
    handle: async ({ res, params }) => {
      res.json(await readAnalysisView(context.sql, params.id));
    },
  });
}

function readIdempotencyKey(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw invalidRequest([
    {
      path: 'Idempotency-Key',
      message: 'must be 1 to 255 visible ASCII characters without spaces, for example a UUID',
    },
  ]);
}
