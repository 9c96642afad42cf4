import { z } from 'zod';
import { getAnalysis } from '../../db/analyses.js';
import {
  findDefaultAssessment,
  getAssessment,
  insertAssessment,
  listAssessments,
  type AssessmentRow,
} from '../../db/assessments.js';
import { HivisError } from '../../shared/errors.js';
import { newId } from '../../shared/ids.js';
import { toAssessmentView } from '../assessment-view.js';
import type { ApiContext } from '../context.js';
import { resolveRules } from '../resolve-rules.js';
import { defineRoute, type Route } from '../route.js';
import {
  analysisIdSchema,
  assessmentIdSchema,
  assessmentListSchema,
  assessmentViewSchema,
  createAssessmentSchema,
  type AssessmentList,
} from '../schemas.js';
import { analysisParamsSchema } from './analyses.js';

export function assessmentRoutes(context: ApiContext): Route[] {
  return [createRoute(context), listRoute(context), getRoute(context)];
}

function createRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/analyses/:id/assessments',
    operationId: 'createAssessment',
    summary: 'Judge the same detections by other rules',
    description:
      'Takes seconds: no inference. The default assessment stays. Rules that are left out are those of the default.',
    tag: 'assessments',
    params: analysisParamsSchema,
    body: createAssessmentSchema,
    responses: {
      202: {
        description: 'Accepted',
        schema: assessmentViewSchema,
        headers: { Location: 'Where to ask for its state' },
      },
    },
    errors: ['invalid_request', 'unauthorized', 'cross_site_refused', 'analysis_not_found', 'report_not_ready'],
    handle: async ({ res, params, body }) => {
      const analysis = await getAnalysis(context.sql, params.id);
      if (analysis.status !== 'completed' && analysis.status !== 'completed_partial')
        throw new HivisError(
          'report_not_ready',
          `The analysis is ${analysis.status}. Only finished ones can be judged again.`,
          { details: { currentStatus: analysis.status } },
        );
      const original = await findDefaultAssessment(context.sql, analysis.id);
      const rules = resolveRules(body.rules, original?.rules ?? analysis.settings.rules, {
        id: analysis.settings.modelId,
        items: Object.keys(analysis.model?.roles.items ?? {}),
      });
      const row = await insertAssessment(context.sql, { id: newId('as'), analysisId: analysis.id, rules });
      await enqueueReport(context, analysis, row);
      res.status(202).location(`/v1/analyses/${analysis.id}/assessments/${row.id}`).json(toAssessmentView(row));
    },
  });
}

/** As with analyses, a queue that is away only delays it. */
async function enqueueReport(
  context: ApiContext,
  analysis: Awaited<ReturnType<typeof getAnalysis>>,
  row: AssessmentRow,
): Promise<void> {
  try {
    await context.producer.enqueueReport(analysis, row.id);
  } catch (error) {
    context.log.warn({ err: error, analysisId: analysis.id, assessmentId: row.id }, 'assessment not queued yet');
  }
}

function listRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id/assessments',
    operationId: 'listAssessments',
    summary: 'Every assessment of an analysis, the default one first',
    tag: 'assessments',
    params: analysisParamsSchema,
    responses: { 200: { description: 'The assessments', schema: assessmentListSchema } },
    errors: ['invalid_request', 'unauthorized', 'analysis_not_found'],
    handle: async ({ res, params }) => {
      await getAnalysis(context.sql, params.id);
      const rows = await listAssessments(context.sql, params.id);
      res.json({ items: rows.map(toAssessmentView) } satisfies AssessmentList);
    },
  });
}

function getRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id/assessments/:assessmentId',
    operationId: 'getAssessment',
    summary: 'The state of an assessment',
    tag: 'assessments',
    params: z.strictObject({ id: analysisIdSchema, assessmentId: assessmentIdSchema }),
    responses: { 200: { description: 'The assessment', schema: assessmentViewSchema } },
    errors: ['invalid_request', 'unauthorized', 'assessment_not_found'],
    handle: async ({ res, params }) => {
      res.json(toAssessmentView(await getAssessment(context.sql, params.assessmentId, params.id)));
    },
  });
}
