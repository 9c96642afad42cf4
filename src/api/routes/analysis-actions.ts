import { isActive, requestCancel, retryAnalysis } from '../../db/analyses.js';
import { eraseAnalysis } from '../../erasure/erase-analysis.js';
import { HivisError } from '../../shared/errors.js';
import { readAnalysisView } from '../analysis-view.js';
import type { ApiContext } from '../context.js';
import { enqueue } from '../create-analysis.js';
import { defineRoute, type Route } from '../route.js';
import { analysisViewSchema, deleteReceiptSchema, type DeleteReceipt } from '../schemas.js';
import { analysisParamsSchema } from './analyses.js';

export function analysisActionRoutes(context: ApiContext): Route[] {
  return [cancelRoute(context), retryRoute(context), deleteRoute(context)];
}

function cancelRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/analyses/:id/cancel',
    operationId: 'cancelAnalysis',
    summary: 'Stop an analysis',
    description: 'Works in every state; workers stop between two frames. One that is cancelled already stays so.',
    tag: 'analyses',
    params: analysisParamsSchema,
    responses: { 202: { description: 'It is being stopped, or has been', schema: analysisViewSchema } },
    errors: ['invalid_request', 'unauthorized', 'cross_site_refused', 'analysis_not_found', 'invalid_state'],
    handle: async ({ res, params }) => {
      const row = await requestCancel(context.sql, params.id);
      if (!isActive(row.status) && row.status !== 'cancelled')
        throw new HivisError('invalid_state', `The analysis is ${row.status}: there is nothing to cancel.`, {
          details: { currentStatus: row.status },
        });
      res.status(202).json(await readAnalysisView(context.sql, params.id));
    },
  });
}

function retryRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/analyses/:id/retry',
    operationId: 'retryAnalysis',
    summary: 'Try a failed or cancelled analysis again',
    description: 'Segments that are done stay done.',
    tag: 'analyses',
    params: analysisParamsSchema,
    responses: { 202: { description: 'It waits again', schema: analysisViewSchema } },
    errors: ['invalid_request', 'unauthorized', 'cross_site_refused', 'analysis_not_found', 'invalid_state'],
    handle: async ({ res, params }) => {
      const row = await retryAnalysis(context.sql, params.id);
      await enqueue(context, row);
      res.status(202).json(await readAnalysisView(context.sql, params.id));
    },
  });
}

function deleteRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'delete',
    path: '/v1/analyses/:id',
    operationId: 'deleteAnalysis',
    summary: 'Erase an analysis',
    description: 'Its rows, files and queue jobs go, in any state. The receipt says what was erased.',
    tag: 'analyses',
    params: analysisParamsSchema,
    responses: { 200: { description: 'The receipt', schema: deleteReceiptSchema } },
    errors: ['invalid_request', 'unauthorized', 'cross_site_refused', 'analysis_not_found', 'storage_failed'],
    handle: async ({ res, params }) => {
      const { rows, files, bytes, jobs } = await eraseAnalysis(context, params.id);
      context.hub.notify(params.id);
      const receipt: DeleteReceipt = {
        analysisId: params.id,
        deletedAt: new Date().toISOString(),
        erased: { rows: { ...rows }, files, bytes, jobs },
      };
      res.json(receipt);
    },
  });
}
