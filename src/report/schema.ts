import { z } from 'zod';

/** Version of report.json; raised when a field changes meaning or goes away. */
export const REPORT_SCHEMA_VERSION = '1.0';

const ms = z.number().int().nonnegative().describe('Source time in whole milliseconds since the first frame');
const fraction = z.number().min(0).max(1);
const status = z.enum(['worn', 'missing', 'unknown']);
const itemDurations = z.object({ wornMs: ms, missingMs: ms, unknownMs: ms });
const itemSummary = itemDurations.extend({
  rate: fraction.nullable().describe('Worn share of determinate person-time; null when nobody could be judged'),
  low: fraction.nullable().describe('Lower end of the 95 % interval over tracks'),
  high: fraction.nullable().describe('Upper end of the 95 % interval over tracks'),
  unknownShare: fraction.nullable().describe('Share of person-time that could not be judged'),
  violations: z.number().int().nonnegative(),
});
const items = <T extends z.ZodType>(value: T) => z.record(z.string(), value);
const zone = z.object({
  name: z.string(),
  polygon: z.array(z.tuple([fraction, fraction])).min(3),
  required: z.array(z.string()),
});
export const rulesSchema = z.object({
  required: z.array(z.string()),
  minConfidence: fraction,
  minViolationMs: ms,
  mergeGapMs: ms,
  zones: z.array(zone),
});
const box = z.object({ x1: z.number(), y1: z.number(), x2: z.number(), y2: z.number() }).describe('Source pixels');

export const reportSchema = z.object({
  schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
  generatedAt: z.string().describe('Clock time, ISO 8601'),
  generator: z.object({ name: z.literal('hivis'), version: z.string() }).describe('The program that made the report'),
  analysis: z.object({
    id: z.string(),
    assessmentId: z.string(),
    name: z.string(),
    tag: z.string().nullable(),
    createdAt: z.string().describe('Clock time'),
    recordedAt: z.string().nullable().describe('Clock time of the first frame, ISO 8601 with offset'),
    settings: z.object({
      everyNFrames: z.number().int().positive(),
      imageSize: z.number().int().positive(),
      rules: rulesSchema,
    }),
  }),
  source: z.object({
    url: z.string().nullable().describe('Without credentials, query and fragment'),
    fileName: z.string(),
    sha256: z.string(),
    sizeBytes: z.number().int().nonnegative(),
    durationMs: ms,
    widthPx: z.number().int().positive(),
    heightPx: z.number().int().positive(),
    fps: z.number().positive().nullable(),
    codec: z.string(),
    container: z.string(),
  }),
  model: z.object({
    id: z.string(),
    version: z.string(),
    sha256: z.string(),
    licence: z.string(),
    imageSize: z.number().int().positive(),
    inputWidthPx: z.number().int().positive(),
    inputHeightPx: z.number().int().positive(),
    thresholds: z
      .object({ scoreFloor: fraction, nmsIou: fraction })
      .nullable()
      .describe('What the detector kept before the rules were applied; null when not recorded'),
    notes: z.array(z.string()).describe('What the model card says about its quality and limits, one sentence each'),
  }),
  completeness: z.object({
    framesExpected: z.number().int().nonnegative().describe('Frames that the container promises'),
    framesIndexed: z.number().int().nonnegative().describe('Frames that are really in the file'),
    framesSampled: z.number().int().nonnegative().describe('Frames that the sampling asks for'),
    framesAnalyzed: z.number().int().nonnegative().describe('Frames that were decoded and detected on'),
    analyzedUntilMs: ms,
    complete: z.boolean(),
    reason: z.string().nullable().describe('Why it is not complete'),
  }),
  detectionFloorMs: ms.describe('Violations shorter than this can be missed by the sampling'),
  summary: z.object({
    verdict: z
      .enum(['compliant', 'non_compliant', 'indeterminate'])
      .describe(
        'non_compliant: a violation; compliant: none, every required item could be judged and the video is complete; ' +
          'indeterminate: everything else',
      ),
    persons: z.number().int().nonnegative(),
    violations: z.number().int().nonnegative(),
    items: items(itemSummary),
    byZone: z.array(z.object({ zone: z.string(), persons: z.number().int(), items: items(itemSummary) })),
    byHour: z.array(z.object({ hour: z.string(), persons: z.number().int(), items: items(itemSummary) })),
  }),
  tracks: z.array(
    z.object({
      trackId: z.number().int().positive(),
      firstMs: ms,
      lastMs: ms,
      items: items(itemDurations),
      timeline: items(z.array(z.object({ startMs: ms, endMs: ms, status, reason: z.string() }))),
    }),
  ),
  violations: z.array(
    z.object({
      number: z.number().int().positive(),
      trackId: z.number().int().positive(),
      item: z.string(),
      zone: z.string().nullable(),
      startMs: ms,
      endMs: ms,
      confidence: fraction,
      reason: z.string(),
      evidence: z
        .object({ file: z.string().describe('evidence/violation-001.jpg'), ptsMs: ms, box, sha256: z.string() })
        .nullable()
        .describe('null when the still could not be made'),
    }),
  ),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportViolation = Report['violations'][number];
export type ReportTrack = Report['tracks'][number];
export type ReportItemSummary = Report['summary']['items'][string];
