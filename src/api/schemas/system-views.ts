import { z } from 'zod';
import { QUEUE_NAMES } from '../../queue/definitions.js';
import { analysisStatusSchema, countSchema } from './common.js';
import { errorViewSchema } from './views.js';

export const modelListSchema = z.object({
  defaultId: z.string().meta({ description: 'Used where an analysis names none' }),
  items: z.array(
    z.object({
      id: z.string(),
      version: z.string(),
      licence: z.string(),
      sha256: z.string(),
      sizeBytes: countSchema,
      imageSize: z.number().int().positive(),
      classes: z.array(z.string()),
      items: z.array(z.string()).meta({ description: 'What rules can require', examples: [['helmet', 'vest']] }),
      minConfidence: z.number(),
      quality: z.unknown().meta({ description: 'What was measured with it' }),
    }),
  ),
});

export const capacitySchema = z
  .object({
    workers: countSchema.meta({ description: 'Worker processes alive' }),
    activeAnalyses: countSchema,
    backlogVideoHours: z.number().nonnegative().meta({ description: 'Video that still waits, as far as it is probed' }),
    analysesWithUnknownLength: countSchema.meta({ description: 'Waiting and not probed yet, so not in the backlog' }),
    throughputVideoSecondsPerSecond: z
      .number()
      .nonnegative()
      .nullable()
      .meta({ description: 'Measured over the last 10 minutes; null when nothing ran' }),
    backlogSeconds: countSchema
      .nullable()
      .meta({ description: 'Until the backlog is done; null when it cannot be known' }),
  })
  .meta({ description: 'How much waits and how fast it goes' });

const jobCountsSchema = z.object({
  waiting: countSchema,
  active: countSchema,
  delayed: countSchema,
  waitingChildren: countSchema,
  failed: countSchema,
  completed: countSchema,
});

export const statsSchema = z.object({
  version: z.string(),
  uptimeSeconds: countSchema,
  workers: countSchema,
  analyses: z.partialRecord(analysisStatusSchema, countSchema).meta({ examples: [{ queued: 2, completed: 17 }] }),
  queue: z
    .record(z.enum(QUEUE_NAMES), jobCountsSchema)
    .nullable()
    .meta({ description: 'Jobs per queue, at most a second old; null when the queue cannot be asked' }),
});

const check = z.object({ ok: z.boolean(), latencyMs: countSchema, reason: z.string().nullable() });
export const readinessSchema = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.object({ database: check, schema: check, queue: check, storage: check }),
});
export const healthSchema = z.object({ status: z.literal('ok'), version: z.string() });

export const quoteSchema = z
  .object({
    id: z.string().nullable(),
    status: z.enum(['pending', 'ready', 'failed']).meta({ description: 'pending: ask again at the Location' }),
    video: z
      .object({
        durationMs: countSchema.nullable(),
        frames: countSchema,
        widthPx: countSchema,
        heightPx: countSchema,
        fps: z.number().nullable(),
        codec: z.string(),
      })
      .nullable(),
    framesToAnalyze: countSchema.nullable(),
    cpuSeconds: z.number().nonnegative().nullable(),
    queueWaitSeconds: countSchema.nullable().meta({ description: 'null when it cannot be known' }),
    etaSeconds: countSchema.nullable().meta({ description: 'Until the report, queue included' }),
    basis: z.enum(['measured', 'default']).nullable().meta({ description: 'Where the time per frame comes from' }),
    error: errorViewSchema.nullable(),
  })
  .meta({ description: 'What an analysis would cost' });

export type ModelList = z.infer<typeof modelListSchema>;
export type Capacity = z.infer<typeof capacitySchema>;
export type Stats = z.infer<typeof statsSchema>;
export type Readiness = z.infer<typeof readinessSchema>;
export type Quote = z.infer<typeof quoteSchema>;
