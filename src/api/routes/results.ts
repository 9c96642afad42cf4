import { z } from 'zod';
import { getAnalysis, type AnalysisRow } from '../../db/analyses.js';
import { findDefaultAssessment, findEvidence, getAssessment, type AssessmentRow } from '../../db/assessments.js';
import { pageDetections } from '../../db/detections.js';
import { listViolations } from '../../db/violations.js';
import { HivisError } from '../../shared/errors.js';
import type { ApiContext } from '../context.js';
import { defineRoute, type Route } from '../route.js';
import {
  analysisIdSchema,
  assessmentQuerySchema,
  detectionPageSchema,
  detectionsQuerySchema,
  violationListSchema,
  type DetectionPage,
  type ViolationList,
} from '../schemas.js';
import { NOT_MODIFIED, sendStoredFile } from '../send-stored-file.js';
import { analysisParamsSchema } from './analyses.js';

export function resultRoutes(context: ApiContext): Route[] {
  return [detectionsRoute(context), violationsRoute(context), evidenceRoute(context)];
}

function detectionsRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id/detections',
    operationId: 'listDetections',
    summary: 'What the model said, frame by frame',
    description: 'Boxes in source pixels, down to the score floor of the model. Also while the analysis runs.',
    tag: 'results',
    params: analysisParamsSchema,
    query: detectionsQuerySchema,
    responses: { 200: { description: 'A page of detections', schema: detectionPageSchema } },
    errors: ['invalid_request', 'unauthorized', 'analysis_not_found'],
    handle: async ({ res, params, query }) => {
      const analysis = await getAnalysis(context.sql, params.id);
      const page = await pageDetections(context.sql, analysis.id, query);
      const classes = analysis.model?.classes ?? [];
      res.json({
        items: page.items.map(({ frameIndex, ptsMs, classId, confidence, box }) => ({
          frameIndex,
          ptsMs,
          classId,
          className: classes[classId] ?? null,
          confidence,
          box: { x1: box.x1, y1: box.y1, x2: box.x2, y2: box.y2 },
        })),
        nextCursor: page.nextCursor,
      } satisfies DetectionPage);
    },
  });
}

function violationsRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id/violations',
    operationId: 'listViolations',
    summary: 'The violations of an assessment',
    tag: 'results',
    params: analysisParamsSchema,
    query: assessmentQuerySchema,
    responses: { 200: { description: 'All violations in order', schema: violationListSchema } },
    errors: ['invalid_request', 'unauthorized', 'analysis_not_found', 'assessment_not_found', 'report_not_ready'],
    handle: async ({ res, params, query }) => {
      const { assessment } = await findFinishedAssessment(context, params.id, query.assessment);
      const rows = await listViolations(context.sql, assessment.id);
      res.json({
        assessmentId: assessment.id,
        items: rows.map((row) => ({
          number: row.number,
          trackId: row.trackId,
          item: row.item,
          zone: row.zone,
          startMs: row.startMs,
          endMs: row.endMs,
          confidence: row.confidence,
          reason: row.reason,
          evidence:
            row.evidenceSha256 === null || row.evidencePtsMs === null
              ? null
              : { url: evidenceUrl(assessment, row.number), ptsMs: row.evidencePtsMs, sha256: row.evidenceSha256 },
        })),
      } satisfies ViolationList);
    },
  });
}

function evidenceUrl(assessment: AssessmentRow, number: number): string {
  return `/v1/analyses/${assessment.analysisId}/violations/${number}/evidence.jpg?assessment=${assessment.id}`;
}

function evidenceRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id/violations/:number/evidence.jpg',
    operationId: 'getEvidence',
    summary: 'The still of a violation',
    tag: 'results',
    params: z.strictObject({ id: analysisIdSchema, number: z.coerce.number().int().min(1).max(2_147_483_647) }),
    query: assessmentQuerySchema,
    responses: { 200: { description: 'JPEG with boxes and labels', contentTypes: ['image/jpeg'] }, 304: NOT_MODIFIED },
    errors: ['invalid_request', 'unauthorized', 'analysis_not_found', 'assessment_not_found', 'evidence_not_found'],
    handle: async ({ req, res, params, query }) => {
      const { assessment } = await findFinishedAssessment(context, params.id, query.assessment);
      const evidence = await findEvidence(context.sql, assessment.id, params.number);
      if (evidence === undefined)
        throw new HivisError('evidence_not_found', `Violation ${params.number} of this assessment has no still.`);
      await sendStoredFile(req, res, context.storage, {
        key: evidence.storageKey,
        contentType: 'image/jpeg',
        fileName: `${params.id}-violation-${String(params.number).padStart(3, '0')}.jpg`,
        disposition: 'inline',
        version: evidence.sha256,
      });
    },
  });
}

/**
 * The named assessment of an analysis, or its default one, once it has a report. Throws `report_not_ready` with the
 * state that it is in, `assessment_not_found` when it belongs to another analysis.
 */
export async function findFinishedAssessment(
  context: ApiContext,
  analysisId: string,
  assessmentId: string | undefined,
): Promise<{ readonly analysis: AnalysisRow; readonly assessment: AssessmentRow }> {
  const analysis = await getAnalysis(context.sql, analysisId);
  const assessment =
    assessmentId === undefined
      ? await findDefaultAssessment(context.sql, analysisId)
      : await getAssessment(context.sql, assessmentId, analysisId);
  if (assessment?.status === 'completed') return { analysis, assessment };
  const currentStatus = assessmentId === undefined ? analysis.status : (assessment?.status ?? 'pending');
  const what = assessmentId === undefined ? 'analysis' : 'assessment';
  throw new HivisError('report_not_ready', `The ${what} is ${currentStatus}; there is no report of it (yet).`, {
    details: { currentStatus },
  });
}
