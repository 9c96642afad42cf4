import { z } from 'zod';
import { reportSchema, rulesSchema } from '../../report/schema.js';
import {
  analysisIdSchema,
  analysisStatusSchema,
  assessmentIdSchema,
  countSchema,
  deliveryIdSchema,
  instantSchema,
  prioritySchema,
  uploadIdSchema,
} from './common.js';

export const errorViewSchema = z
  .object({
    code: z.string().meta({ description: 'Stable; what programs look at', examples: ['download_failed'] }),
    message: z.string().meta({ examples: ['The server answered 404. Check that the URL is right.'] }),
    retryable: z.boolean().meta({ description: 'Whether trying again can help' }),
  })
  .meta({ description: 'Why it failed' });

export const summarySchema = reportSchema.shape.summary.meta({ description: 'Compliance in figures' });

export const completenessSchema = reportSchema.shape.completeness.meta({
  description: 'Whether the whole video was looked at; null before there is a report',
});

export const progressSchema = z
  .object({
    percent: z
      .number()
      .min(0)
      .max(100)
      .nullable()
      .meta({
        description: 'Of the whole analysis. Never goes back within a run; null while it cannot be known',
        examples: [42.5],
      }),
    basis: z.enum(['bytes', 'frames', 'unknown']).meta({ description: 'What percent is counted in at the moment' }),
    framesDone: countSchema,
    framesTotal: countSchema.nullable().meta({ description: 'Frames to detect on; null before the video is probed' }),
    bytesDone: countSchema.nullable(),
    bytesTotal: countSchema.nullable().meta({ description: 'null when the server of the video does not say' }),
    segmentsDone: countSchema,
    segmentsTotal: countSchema.nullable(),
    etaSeconds: countSchema.nullable().meta({ description: 'From measured throughput; null while it cannot be known' }),
  })
  .meta({ description: 'How far the analysis is' });

export const sourceViewSchema = z
  .object({
    url: z.string().nullable().meta({ description: 'Without credentials, query and fragment; null for uploads' }),
    uploadId: z.string().nullable(),
    fileName: z.string().nullable(),
    sha256: z.string().nullable(),
    sizeBytes: countSchema.nullable(),
    durationMs: countSchema.nullable(),
    widthPx: countSchema.nullable(),
    heightPx: countSchema.nullable(),
    fps: z.number().nullable(),
    codec: z.string().nullable(),
  })
  .meta({ description: 'The video; null where nothing is known yet' });

export const analysisViewSchema = z
  .object({
    id: analysisIdSchema,
    run: z
      .number()
      .int()
      .positive()
      .meta({ description: 'Raised by every retry', examples: [1] }),
    name: z.string(),
    tag: z.string().nullable(),
    status: analysisStatusSchema,
    cancelRequested: z.boolean(),
    progress: progressSchema,
    priority: prioritySchema,
    createdAt: instantSchema,
    startedAt: instantSchema.nullable(),
    finishedAt: instantSchema.nullable(),
    updatedAt: instantSchema,
    recordedAt: z.string().nullable(),
    callbackUrl: z.string().nullable().meta({ description: 'Without credentials, query and fragment' }),
    source: sourceViewSchema,
    model: z.object({ id: z.string(), version: z.string(), sha256: z.string() }).nullable(),
    settings: z.object({
      everyNFrames: z.number().int().positive().nullable().meta({ description: 'null: follows from sampleFps' }),
      sampleFps: z.number().positive().nullable(),
      imageSize: z.number().int().positive(),
      modelId: z.string(),
      rules: rulesSchema,
    }),
    completeness: completenessSchema.nullable(),
    detectionFloorMs: countSchema.nullable().meta({ description: 'Violations shorter than this can be missed' }),
    assessmentId: z
      .string()
      .nullable()
      .meta({ description: 'The default assessment; null before the video is probed' }),
    summary: summarySchema.nullable().meta({ description: 'Of the default assessment; null before there is a report' }),
    error: errorViewSchema.nullable(),
    links: z.object({
      self: z.string(),
      events: z.string(),
      assessments: z.string(),
      violations: z.string(),
      detections: z.string(),
      video: z.string().nullable(),
      reportHtml: z.string().nullable(),
      reportPdf: z.string().nullable(),
      reportCsv: z.string().nullable(),
      reportJson: z.string().nullable(),
    }),
  })
  .meta({ description: 'One submitted video with its settings and state' });

export const analysisListSchema = z.object({
  items: z.array(analysisViewSchema),
  nextCursor: z.string().nullable().meta({ description: 'null on the last page' }),
});

export const assessmentViewSchema = z
  .object({
    id: assessmentIdSchema,
    analysisId: analysisIdSchema,
    isDefault: z.boolean(),
    rules: rulesSchema,
    status: z.enum(['pending', 'running', 'completed', 'failed']),
    summary: summarySchema.nullable(),
    error: errorViewSchema.nullable(),
    createdAt: instantSchema,
    finishedAt: instantSchema.nullable(),
    links: z.object({
      self: z.string(),
      violations: z.string(),
      reportHtml: z.string().nullable(),
      reportPdf: z.string().nullable(),
      reportCsv: z.string().nullable(),
      reportJson: z.string().nullable(),
    }),
  })
  .meta({ description: 'One evaluation of the detections of an analysis under one rule set' });

export const assessmentListSchema = z.object({ items: z.array(assessmentViewSchema) });

export const uploadViewSchema = z.object({
  id: uploadIdSchema,
  fileName: z.string(),
  sizeBytes: countSchema,
  sha256: z.string(),
  createdAt: instantSchema,
});

export const detectionPageSchema = z.object({
  items: z.array(
    z.object({
      frameIndex: countSchema,
      ptsMs: countSchema,
      classId: countSchema,
      className: z.string().nullable(),
      confidence: z.number(),
      box: z.object({ x1: z.number(), y1: z.number(), x2: z.number(), y2: z.number() }),
    }),
  ),
  nextCursor: z.string().nullable(),
});

export const violationListSchema = z.object({
  assessmentId: assessmentIdSchema,
  items: z.array(
    z.object({
      number: z.number().int().positive(),
      trackId: z.number().int().positive(),
      item: z.string(),
      zone: z.string().nullable(),
      startMs: countSchema,
      endMs: countSchema,
      confidence: z.number(),
      reason: z.string(),
      evidence: z.object({ url: z.string(), ptsMs: countSchema, sha256: z.string() }).nullable(),
    }),
  ),
});

export const deliveryViewSchema = z.object({
  id: deliveryIdSchema,
  analysisId: analysisIdSchema,
  eventType: z.string().meta({ examples: ['analysis.completed'] }),
  url: z.string().meta({ description: 'Without credentials, query and fragment' }),
  status: z.enum(['pending', 'delivered', 'failed']),
  attempts: countSchema,
  log: z
    .array(
      z.object({
        at: instantSchema,
        durationMs: countSchema,
        statusCode: z.number().int().nullable().meta({ description: 'null when there was no answer' }),
        error: z.string().nullable().meta({ description: 'null when it was accepted' }),
      }),
    )
    .meta({ description: 'One entry per attempt, oldest first' }),
  nextAttemptAt: instantSchema.nullable(),
  createdAt: instantSchema,
  finishedAt: instantSchema.nullable(),
});
export const deliveryListSchema = z.object({ items: z.array(deliveryViewSchema) });

export const deleteReceiptSchema = z
  .object({
    analysisId: analysisIdSchema,
    deletedAt: instantSchema,
    erased: z.object({
      rows: z.record(z.string(), countSchema).meta({ examples: [{ analyses: 1, segments: 12, detections: 3411 }] }),
      files: countSchema,
      bytes: countSchema,
      jobs: countSchema,
    }),
  })
  .meta({ description: 'What was erased' });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().meta({ description: 'Stable; what programs look at', examples: ['invalid_request'] }),
    instance: z.string(),
    errors: z
      .array(z.object({ path: z.string().meta({ examples: ['rules.zones.0.polygon'] }), message: z.string() }))
      .optional()
      .meta({ description: 'Every problem of an invalid request' }),
    currentStatus: z.string().optional().meta({ description: 'Of the analysis that is in the wrong state' }),
  })
  .meta({ description: 'An error as RFC 9457 describes it (application/problem+json)' });

export type AnalysisView = z.infer<typeof analysisViewSchema>;
export type AnalysisList = z.infer<typeof analysisListSchema>;
export type Progress = z.infer<typeof progressSchema>;
export type AssessmentView = z.infer<typeof assessmentViewSchema>;
export type AssessmentList = z.infer<typeof assessmentListSchema>;
export type UploadView = z.infer<typeof uploadViewSchema>;
export type DetectionPage = z.infer<typeof detectionPageSchema>;
export type ViolationList = z.infer<typeof violationListSchema>;
export type DeliveryView = z.infer<typeof deliveryViewSchema>;
export type DeliveryList = z.infer<typeof deliveryListSchema>;
export type DeleteReceipt = z.infer<typeof deleteReceiptSchema>;
export type Problem = z.infer<typeof problemSchema>;
export type ErrorView = z.infer<typeof errorViewSchema>;
