import { z } from 'zod';
import {
  analysisStatusSchema,
  assessmentIdSchema,
  cursorSchema,
  limitSchema,
  prioritySchema,
  uploadIdSchema,
} from './common.js';
import { findPolygonProblem } from './polygon.js';

const itemName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a lower-case item name such as helmet')
  .meta({ description: 'An item that the model knows', examples: ['helmet'] });
const requiredItems = z
  .array(itemName)
  .max(20)
  .refine((items) => new Set(items).size === items.length, 'names an item twice');
/** Text of people: one line, trimmed. */
const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(maxLength)
    .regex(/^\P{Cc}*$/u, 'must not hold line breaks or other control characters');
const fraction = z.number().min(0).max(1);
const httpUrl = z
  .string()
  .trim()
  .max(4_096)
  .refine(isHttpUrl, 'must be an absolute http:// or https:// URL, for example https://videos.example.com/gate.mp4');

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}

export const zoneSchema = z
  .strictObject({
    name: line(100).meta({ description: 'Unique among the zones', examples: ['Loading bay'] }),
    polygon: z
      .array(z.tuple([fraction, fraction]))
      .min(3, 'needs at least 3 points')
      .max(100)
      .superRefine((polygon, context) => {
        const problem = findPolygonProblem(polygon);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      })
      .meta({
        description: 'Corners in order as [x, y], fractions of the width and height of the picture; closed by itself',
        examples: [
          [
            [0.1, 0.5],
            [0.6, 0.5],
            [0.6, 1],
            [0.1, 1],
          ],
        ],
      }),
    required: requiredItems.meta({ description: 'Replaces the general list inside the zone', examples: [['helmet']] }),
  })
  .meta({ description: 'A part of the picture with its own required items' });

export const rulesRequestSchema = z
  .strictObject({
    required: requiredItems
      .optional()
      .meta({ description: 'What everybody must wear; default: helmet and vest', examples: [['helmet', 'vest']] }),
    minConfidence: fraction
      .optional()
      .meta({ description: 'Detections below are ignored; default: what the model recommends', examples: [0.35] }),
    minViolationMs: z
      .number()
      .int()
      .min(0)
      .max(3_600_000)
      .optional()
      .meta({ description: 'Shorter violations are dropped', examples: [1000] }),
    mergeGapMs: z
      .number()
      .int()
      .min(0)
      .max(3_600_000)
      .optional()
      .meta({ description: 'Violations of one person and item closer than this are one', examples: [1000] }),
    zones: z
      .array(zoneSchema)
      .max(50)
      .refine((zones) => new Set(zones.map((zone) => zone.name)).size === zones.length, 'has two zones of one name')
      .optional(),
  })
  .meta({ description: 'What is judged by; every entry has a default. Can be changed later without inference.' });

export const createAnalysisSchema = z
  .strictObject({
    videoUrl: httpUrl.optional().meta({
      description: 'Where to fetch the video; private addresses are refused unless the server allows them',
      examples: ['https://videos.example.com/gate-3.mp4'],
    }),
    uploadId: uploadIdSchema.optional(),
    name: line(200)
      .optional()
      .meta({ examples: ['Gate 3, morning shift'] }),
    tag: line(100)
      .optional()
      .meta({ description: 'To filter by', examples: ['site-north'] }),
    everyNFrames: z
      .number()
      .int()
      .min(1, 'must be 1 or more: 1 looks at every frame, 5 at every fifth')
      .max(10_000)
      .optional()
      .meta({ description: 'Detect on every N-th frame', examples: [5] }),
    sampleFps: z
      .number()
      .positive()
      .max(1_000)
      .optional()
      .meta({ description: 'Instead of everyNFrames: frames per second of video to look at', examples: [5] }),
    imageSize: z
      .number()
      .int()
      .min(32)
      .max(1_920)
      .optional()
      .meta({ description: 'Long side of the model input in pixels', examples: [480] }),
    model: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'An id of GET /v1/models', examples: ['ppe-yolov8n'] }),
    rules: rulesRequestSchema.optional(),
    priority: prioritySchema.optional(),
    recordedAt: z.iso
      .datetime({ offset: true, error: 'must be ISO 8601 with an offset, for example 2026-03-01T06:00:00+01:00' })
      .optional()
      .meta({
        description: 'Clock time of the first frame with offset; gives the report its hours',
        examples: ['2026-03-01T06:00:00+01:00'],
      }),
    callbackUrl: httpUrl.optional().meta({
      description: 'Gets a signed POST (Standard Webhooks) when the analysis ends',
      examples: ['https://hooks.example.com/hivis'],
    }),
  })
  .superRefine((body, context) => {
    if ((body.videoUrl === undefined) === (body.uploadId === undefined))
      context.addIssue({
        code: 'custom',
        path: [body.videoUrl === undefined ? 'videoUrl' : 'uploadId'],
        message: 'give exactly one of videoUrl and uploadId',
      });
    if (body.everyNFrames !== undefined && body.sampleFps !== undefined)
      context.addIssue({ code: 'custom', path: ['sampleFps'], message: 'cannot be combined with everyNFrames' });
  });

export const createAssessmentSchema = z
  .strictObject({ rules: rulesRequestSchema })
  .meta({ description: 'Rules that are left out are taken from the default assessment' });

const queryFlag = z.enum(['true', 'false', '1', '0', '']).transform((value) => value !== 'false' && value !== '0');

export const createAnalysisQuerySchema = z.strictObject({
  dryRun: queryFlag.optional().meta({ description: 'Only say what the analysis would cost', examples: ['true'] }),
});
export const listAnalysesQuerySchema = z.strictObject({
  status: z
    .string()
    .transform((text) => text.split(',').filter((part) => part !== ''))
    .pipe(z.array(analysisStatusSchema).min(1))
    .optional()
    .meta({ description: 'One or more states, separated by commas', examples: ['queued,analyzing'] }),
  tag: z.string().min(1).max(100).optional().meta({ description: 'Exactly this tag' }),
  search: z.string().trim().min(1).max(200).optional().meta({ description: 'Part of the name, in any case' }),
  cursor: cursorSchema.optional(),
  limit: limitSchema(50, 200),
});
export const detectionsQuerySchema = z.strictObject({
  cursor: cursorSchema.optional(),
  limit: limitSchema(200, 1_000),
  minConfidence: z.coerce.number().min(0).max(1).optional().meta({ description: 'Leave out detections below' }),
});
export const assessmentQuerySchema = z.strictObject({
  assessment: assessmentIdSchema.optional().meta({ description: 'Which assessment; default: the first one' }),
});
export const reportQuerySchema = assessmentQuerySchema.extend({
  download: queryFlag.optional().meta({ description: 'Also offer HTML and JSON as a file to save' }),
});
export const uploadQuerySchema = z.strictObject({
  fileName: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .optional()
    .meta({
      description: 'Name of the file when the body is the file itself',
      examples: ['gate-3.mp4'],
    }),
});

export type CreateAnalysisRequest = z.input<typeof createAnalysisSchema>;
export type RulesRequest = z.input<typeof rulesRequestSchema>;
