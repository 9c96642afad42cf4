import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '../db/client.js';
import { findQuote, insertQuote, type QuoteResult, type QuoteRow } from '../db/quotes.js';
import { getCapacity, measureFrameCost } from '../db/screens.js';
import type { Producer } from '../queue/producer.js';
import { newId } from '../shared/ids.js';
import { toErrorView } from './analysis-view.js';
import { backlogSeconds } from './capacity.js';
import type { PlannedAnalysis } from './planned-analysis.js';
import type { Quote } from './schemas.js';

/**
 * What a dry run would cost. The video has to be looked at for that, which the API never does itself: a worker fetches
 * and probes it. `pending` quotes can be asked for again by their id.
 */
export interface QuoteSource {
  request(planned: PlannedAnalysis): Promise<Quote>;
  find(quoteId: string): Promise<Quote | undefined>;
}

type QuoteParts = {
  readonly sql: Sql;
  readonly producer: Pick<Producer, 'enqueueQuote'>;
  /** How long a request waits for the worker before it is told to come back. */
  readonly waitMs?: number;
};

/** Decoding and detecting one frame at 480 px on an ordinary core, until this installation has measured its own. */
const DEFAULT_MS_PER_FRAME = 40;
const DEFAULT_IMAGE_SIZE = 480;
const POLL_MS = 150;
/** Tracking, stills and the report. */
const REPORT_SECONDS = 3;

export function createQuoteSource({ sql, producer, waitMs = 10_000 }: QuoteParts): QuoteSource {
  const find = async (quoteId: string): Promise<Quote | undefined> => {
    const row = await findQuote(sql, quoteId);
    return row === undefined ? undefined : toQuote(sql, row);
  };
  return {
    find,
    request: async (planned) => {
      const inserted = await insertQuote(sql, {
        id: newId('qu'),
        videoUrl: planned.videoUrl ?? null,
        uploadId: planned.uploadId ?? null,
        settings: planned.settings,
      });
      await producer.enqueueQuote(inserted.id);
      return toQuote(sql, await waitForAnswer(sql, inserted, waitMs));
    },
  };
}

async function waitForAnswer(sql: Sql, inserted: QuoteRow, waitMs: number): Promise<QuoteRow> {
  const giveUpMs = Date.now() + waitMs;
  let row = inserted;
  while (row.status === 'pending' && Date.now() < giveUpMs) {
    await delay(POLL_MS);
    row = (await findQuote(sql, inserted.id)) ?? row;
  }
  return row;
}

async function toQuote(sql: Sql, row: QuoteRow): Promise<Quote> {
  const open = { id: row.id, status: row.status, error: toErrorView(row.error) };
  if (row.result === null)
    return {
      ...open,
      video: null,
      framesToAnalyze: null,
      cpuSeconds: null,
      queueWaitSeconds: null,
      etaSeconds: null,
      basis: null,
    };
  return { ...open, ...(await price(sql, row, row.result)) };
}

async function price(sql: Sql, row: QuoteRow, result: QuoteResult) {
  const { framesToAnalyze, ...video } = result;
  const { modelId, imageSize } = row.settings;
  const [measuredMs, capacity] = await Promise.all([measureFrameCost(sql, { modelId, imageSize }), getCapacity(sql)]);
  const msPerFrame = measuredMs ?? DEFAULT_MS_PER_FRAME * (imageSize / DEFAULT_IMAGE_SIZE) ** 2;
  const cpuSeconds = (framesToAnalyze * msPerFrame) / 1000;
  const queueWaitSeconds = backlogSeconds(capacity);
  const runSeconds = capacity.workers === 0 ? null : Math.ceil(cpuSeconds / capacity.workers) + REPORT_SECONDS;
  return {
    video,
    framesToAnalyze,
    cpuSeconds: Math.round(cpuSeconds * 10) / 10,
    queueWaitSeconds,
    etaSeconds: queueWaitSeconds === null || runSeconds === null ? null : queueWaitSeconds + runSeconds,
    basis: measuredMs === undefined ? 'default' : 'measured',
  } as const;
}
