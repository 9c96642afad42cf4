import { z } from 'zod';
import { HivisError } from '../shared/errors.js';

/** The one list of queues. Payloads carry ids only: no URL, no secret, nothing that Postgres does not know better. */
export const QUEUE_NAMES = ['ingest', 'segments', 'reports', 'deliveries', 'quotes', 'maintenance'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

const id = z.string().min(1);
const count = z.number().int().nonnegative();

export const payloadSchemas = {
  ingest: z.strictObject({ analysisId: id, run: count }),
  segments: z.strictObject({ analysisId: id, run: count, segmentIndex: count }),
  reports: z.strictObject({ analysisId: id, run: count, assessmentId: id }),
  deliveries: z.strictObject({ deliveryId: id }),
  quotes: z.strictObject({ quoteId: id }),
  maintenance: z.object({}),
} satisfies Record<QueueName, z.ZodType>;

export type Payload<N extends QueueName> = z.infer<(typeof payloadSchemas)[N]>;

/** Throws `internal` when a job's data is not what this version of hivis expects: a job of another version. */
export function parsePayload<N extends QueueName>(queue: N, data: unknown): Payload<N> {
  const parsed = payloadSchemas[queue].safeParse(data);
  if (parsed.success) return parsed.data as Payload<N>;
  throw new HivisError(
    'internal',
    `A job of queue ${queue} carries unexpected data; remove it, the reconciler makes a new one.`,
    { details: { problems: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) } },
  );
}

/*
 * Job ids are made from what the job is for, so adding one twice is harmless. They hold no colon and never consist of
 * digits only; both are refused by BullMQ.
 */
export function ingestJobId(payload: Payload<'ingest'>): string {
  return `${payload.analysisId}-r${payload.run}`;
}

export function segmentJobId(payload: Payload<'segments'>): string {
  return `${payload.analysisId}-r${payload.run}-s${payload.segmentIndex}`;
}

export function reportJobId(payload: Payload<'reports'>): string {
  return `${payload.assessmentId}-r${payload.run}`;
}

export function deliveryJobId(payload: Payload<'deliveries'>): string {
  return payload.deliveryId;
}

export function quoteJobId(payload: Payload<'quotes'>): string {
  return payload.quoteId;
}

export const RECONCILE_SCHEDULER_ID = 'reconcile';

type Retention = { readonly age: number; readonly count: number };
export type JobDefaults = {
  readonly attempts: number;
  readonly backoff: { readonly type: 'hivis' };
  readonly removeOnComplete: Retention;
  readonly removeOnFail: Retention;
  readonly keepLogs: number;
  readonly sizeLimit: number;
};

/**
 * The same for every queue. `attempts` is generous because the database bounds what counts (segment and assessment
 * attempts, 24 h of a delivery); these attempts only carry a job over an outage of the database or of the storage.
 * Finished jobs are kept for Bull Board, bounded by age and number.
 */
export const JOB_DEFAULTS: JobDefaults = {
  attempts: 40,
  backoff: { type: 'hivis' },
  removeOnComplete: { age: 24 * 3600, count: 2_000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 5_000 },
  keepLogs: 100,
  sizeLimit: 4_096,
};
