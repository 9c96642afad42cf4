import { HivisError } from '../shared/errors.js';
import type { Db } from './client.js';
import { toJson } from './json.js';

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** One try to deliver a webhook. */
export type DeliveryAttempt = {
  /** ISO 8601 */
  readonly at: string;
  readonly durationMs: number;
  /** HTTP status; null when there was no answer. */
  readonly statusCode: number | null;
  /** null when it was accepted. */
  readonly error: string | null;
};

export type DeliveryRow = {
  readonly id: string;
  readonly analysisId: string;
  readonly eventType: string;
  readonly url: string;
  /** The exact bytes that are signed and sent. */
  readonly payload: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly log: readonly DeliveryAttempt[];
  readonly nextAttemptAt: Date | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

/** Older tries of a delivery that is replayed again and again fall off the log. */
const MAX_LOG_ENTRIES = 100;

/**
 * Part of the transaction that ends an analysis, so that no end goes untold. One delivery per analysis, run and event:
 * a second insert with the same id changes nothing.
 */
export async function insertDelivery(
  db: Db,
  delivery: {
    readonly id: string;
    readonly analysisId: string;
    readonly eventType: string;
    readonly url: string;
    readonly payload: string;
  },
): Promise<void> {
  await db`
    insert into deliveries (id, analysis_id, event_type, url, payload, next_attempt_at)
    values (${delivery.id}, ${delivery.analysisId}, ${delivery.eventType}, ${delivery.url}, ${delivery.payload}, now())
    on conflict (id) do nothing`;
}

export async function findDelivery(db: Db, id: string): Promise<DeliveryRow | undefined> {
  const [row] = await db<DeliveryRow[]>`select * from deliveries where deliveries.id = ${id}`;
  return row;
}

/** Throws `delivery_not_found`. */
export async function getDelivery(db: Db, id: string): Promise<DeliveryRow> {
  const row = await findDelivery(db, id);
  if (row === undefined) throw new HivisError('delivery_not_found', `There is no delivery ${id}.`);
  return row;
}

/** Newest first. */
export async function listDeliveries(db: Db, analysisId: string): Promise<DeliveryRow[]> {
  return db<DeliveryRow[]>`
    select * from deliveries where deliveries.analysis_id = ${analysisId}
    order by deliveries.created_at desc, deliveries.id desc`;
}

/**
 * Logs one try. `next`: delivered, given up, or when to try again. undefined when it is not pending any more (deleted,
 * or another process delivered it).
 */
export async function recordDeliveryAttempt(
  db: Db,
  id: string,
  attempt: DeliveryAttempt,
  next: 'delivered' | 'failed' | { readonly retryAt: Date },
): Promise<DeliveryRow | undefined> {
  const status = typeof next === 'string' ? next : 'pending';
  const retryAt = typeof next === 'string' ? null : next.retryAt;
  const [row] = await db<DeliveryRow[]>`
    update deliveries set
      status = ${status}, attempts = deliveries.attempts + 1, next_attempt_at = ${retryAt},
      log = case when jsonb_array_length(deliveries.log) >= ${MAX_LOG_ENTRIES} then deliveries.log - 0 else deliveries.log end
        || ${db.json([toJson(attempt)])},
      finished_at = case when ${status} = 'pending' then null else now() end
    where deliveries.id = ${id} and deliveries.status = 'pending'
    returning *`;
  return row;
}

/** Sends a finished delivery once more, from the first try on. Throws `delivery_not_found`. */
export async function replayDelivery(db: Db, id: string): Promise<DeliveryRow> {
  await db`
    update deliveries set status = 'pending', attempts = 0, next_attempt_at = now(), finished_at = null
    where deliveries.id = ${id} and deliveries.status <> 'pending'`;
  return getDelivery(db, id);
}

/** Pending ones whose time has come. */
export async function listDueDeliveries(db: Db, limit: number): Promise<DeliveryRow[]> {
  return db<DeliveryRow[]>`
    select * from deliveries where deliveries.status = 'pending' and deliveries.next_attempt_at <= now()
    order by deliveries.next_attempt_at limit ${limit}`;
}
