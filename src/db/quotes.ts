import type { AnalysisSettings, StoredError } from './analysis-types.js';
import type { Db } from './client.js';
import { toJson } from './json.js';

/** What a worker found out about a video that nobody has asked to analyse yet (dry run). */
export type QuoteResult = {
  readonly durationMs: number | null;
  readonly frames: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number | null;
  readonly codec: string;
  readonly framesToAnalyze: number;
};

export type QuoteRow = {
  readonly id: string;
  readonly videoUrl: string | null;
  readonly uploadId: string | null;
  readonly settings: AnalysisSettings;
  readonly status: 'pending' | 'ready' | 'failed';
  readonly result: QuoteResult | null;
  readonly error: StoredError | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

export async function insertQuote(
  db: Db,
  quote: Pick<QuoteRow, 'id' | 'videoUrl' | 'uploadId' | 'settings'>,
): Promise<QuoteRow> {
  const [row] = await db<[QuoteRow]>`
    insert into quotes (id, video_url, upload_id, settings)
    values (${quote.id}, ${quote.videoUrl}, ${quote.uploadId}, ${db.json(toJson(quote.settings))})
    returning *`;
  return row;
}

export async function findQuote(db: Db, id: string): Promise<QuoteRow | undefined> {
  const [row] = await db<QuoteRow[]>`select * from quotes where quotes.id = ${id}`;
  return row;
}

/** The first answer counts; false when there was one already or the quote is gone. */
export async function finishQuote(
  db: Db,
  id: string,
  outcome: { readonly result: QuoteResult } | { readonly error: StoredError },
): Promise<boolean> {
  const result = 'result' in outcome ? db.json(toJson(outcome.result)) : null;
  const error = 'error' in outcome ? db.json(toJson(outcome.error)) : null;
  const rows = await db`
    update quotes set
      status = ${result === null ? 'failed' : 'ready'}, result = ${result}, error = ${error}, finished_at = now()
    where quotes.id = ${id} and quotes.status = 'pending'
    returning quotes.id`;
  return rows.length > 0;
}

/** Pending ones, oldest first: what the queue should hold. */
export async function listPendingQuotes(db: Db, limit: number): Promise<QuoteRow[]> {
  return db<QuoteRow[]>`
    select * from quotes where quotes.status = 'pending' order by quotes.created_at limit ${limit}`;
}

export async function deleteOldQuotes(db: Db, createdBefore: Date): Promise<number> {
  const rows = await db`delete from quotes where quotes.created_at < ${createdBefore} returning quotes.id`;
  return rows.length;
}
