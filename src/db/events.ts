import type { Db } from './client.js';
import { toJson } from './json.js';

/** One line of the audit trail of an analysis; outlives the analysis. */
export type EventRow = {
  readonly id: number;
  readonly analysisId: string;
  readonly kind: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
};

export async function insertEvent(
  db: Db,
  event: { readonly analysisId: string; readonly kind: string; readonly detail?: object },
): Promise<void> {
  await db`
    insert into events (analysis_id, kind, detail)
    values (${event.analysisId}, ${event.kind}, ${db.json(toJson(event.detail ?? {}))})`;
}

/** Oldest first. */
export async function listEvents(
  db: Db,
  analysisId: string,
  page: { readonly afterId?: number; readonly limit?: number } = {},
): Promise<EventRow[]> {
  return db<EventRow[]>`
    select * from events
    where events.analysis_id = ${analysisId} and events.id > ${page.afterId ?? 0}
    order by events.id limit ${page.limit ?? 1_000}`;
}
