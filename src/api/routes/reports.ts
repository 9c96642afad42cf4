import type { Response } from 'express';
import { z } from 'zod';
import type { AnalysisRow } from '../../db/analyses.js';
import { getReport } from '../../db/assessments.js';
import { HivisError } from '../../shared/errors.js';
import { sha256Bytes } from '../../shared/hash.js';
import { reportKey } from '../../storage/keys.js';
import type { ApiContext } from '../context.js';
import { defineRoute, type Route } from '../route.js';
import { analysisIdSchema, reportQuerySchema } from '../schemas.js';
import { NOT_MODIFIED, sendStoredFile, sendText } from '../send-stored-file.js';
import { getAnalysis } from '../../db/analyses.js';
import { analysisParamsSchema } from './analyses.js';
import { findFinishedAssessment } from './results.js';

const CONTENT_TYPES = {
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
} as const;

/** Formats that a browser shows by itself. */
const SHOWN: ReadonlySet<string> = new Set(['html', 'json', 'pdf']);

/** The report is one self-contained file and runs nothing. */
const REPORT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

const VIDEO_TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mov: 'video/mp4',
  matroska: 'video/x-matroska',
  webm: 'video/webm',
  mpegts: 'video/mp2t',
  avi: 'video/x-msvideo',
};

export function reportRoutes(context: ApiContext): Route[] {
  return [reportRoute(context), videoRoute(context)];
}

function reportRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id/report.:format',
    operationId: 'getReport',
    summary: 'The report as page, PDF, CSV or JSON',
    tag: 'results',
    params: z.strictObject({ id: analysisIdSchema, format: z.enum(['html', 'pdf', 'csv', 'json']) }),
    query: reportQuerySchema,
    responses: {
      200: {
        description: 'The report',
        contentTypes: ['text/html', 'application/pdf', 'text/csv', 'application/json'],
        headers: { 'Content-Disposition': 'A file name' },
      },
      304: NOT_MODIFIED,
    },
    errors: ['invalid_request', 'unauthorized', 'analysis_not_found', 'assessment_not_found', 'report_not_ready'],
    handle: async ({ req, res, params, query }) => {
      const { format } = params;
      const { analysis, assessment } = await findFinishedAssessment(context, params.id, query.assessment);
      const file = {
        contentType: CONTENT_TYPES[format],
        fileName: `${slug(analysis.name)}-report.${format}`,
        disposition: SHOWN.has(format) && query.download !== true ? 'inline' : 'attachment',
        version: `${assessment.id}-${assessment.epoch}-${format}`,
      } as const;
      setReportPolicy(res, format);
      if (format !== 'json') {
        const key = reportKey(analysis.id, assessment.id, format);
        await sendStoredFile(req, res, context.storage, { ...file, key });
        return;
      }
      const report = await getReport(context.sql, assessment.id);
      if (report === undefined)
        throw new HivisError('report_not_ready', 'The report has just been taken back. Try again.');
      sendText(req, res, { ...file, version: sha256Bytes(report) }, report);
    },
  });
}

function setReportPolicy(res: Response, format: string): void {
  if (format === 'html') res.setHeader('Content-Security-Policy', REPORT_POLICY);
  // The PDF viewers of browsers are plug-ins to this policy, and a PDF loads nothing that it could forbid.
  if (format === 'pdf') res.removeHeader('Content-Security-Policy');
}

/** A file name that every system takes, without the extension of a video. */
function slug(name: string): string {
  const ascii = name
    .replace(/\.[A-Za-z0-9]{2,4}$/, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return ascii.slice(0, 60) || 'hivis';
}

function videoRoute(context: ApiContext): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/analyses/:id/video',
    operationId: 'getVideo',
    summary: 'The source video, with ranges',
    tag: 'results',
    params: analysisParamsSchema,
    headers: [{ name: 'Range', description: 'One range of bytes', example: 'bytes=0-1048575' }],
    responses: {
      200: { description: 'The whole file', contentTypes: ['video/mp4', 'application/octet-stream'] },
      304: NOT_MODIFIED,
      206: { description: 'The range', contentTypes: ['video/mp4', 'application/octet-stream'] },
    },
    errors: ['invalid_request', 'unauthorized', 'analysis_not_found', 'invalid_state', 'range_not_satisfiable'],
    handle: async ({ req, res, params }) => {
      const analysis = await getAnalysis(context.sql, params.id);
      if (analysis.sourceKey === null)
        throw new HivisError('invalid_state', `The analysis is ${analysis.status}; its video is not here.`, {
          details: { currentStatus: analysis.status },
        });
      await sendStoredFile(req, res, context.storage, {
        key: analysis.sourceKey,
        contentType: videoType(analysis),
        fileName: analysis.sourceFileName ?? 'video',
        disposition: 'inline',
        ...(analysis.sourceSha256 === null ? {} : { version: analysis.sourceSha256 }),
      });
    },
  });
}

/** By what the prober found, never by a name that somebody chose: the file comes from our own origin. */
function videoType(analysis: AnalysisRow): string {
  const container = analysis.sourceProbe?.container ?? '';
  const known = Object.entries(VIDEO_TYPES).find(([name]) => container.split(',').includes(name));
  return known?.[1] ?? 'application/octet-stream';
}
