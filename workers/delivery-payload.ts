import type { AnalysisRow } from '../src/db/analysis-types.js';

export type DeliveryDraft = {
  readonly id: string;
  readonly analysisId: string;
  readonly eventType: string;
  readonly url: string;
  readonly payload: string;
};

/**
 * The webhook that tells of the end of an analysis; undefined without a callback URL. The id is made from analysis, run
 * and event, so one end is told once however often it is written. The receiver asks the API for the rest: the payload
 * is small and holds no secret.
 */
export function buildDelivery(row: AnalysisRow, publicUrl: string | null): DeliveryDraft | undefined {
  if (row.callbackUrl === null) return undefined;
  const eventType = `analysis.${row.status}`;
  const self = `${publicUrl ?? ''}/v1/analyses/${row.id}`;
  const data = {
    id: row.id,
    run: row.run,
    name: row.name,
    tag: row.tag,
    status: row.status,
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    error:
      row.error === null ? null : { code: row.error.code, message: row.error.message, retryable: row.error.retryable },
    links: { self, report: `${self}/report.json` },
  };
  return {
    id: `dl_${row.id.replace(/^an_/, '')}_r${row.run}_${row.status}`,
    analysisId: row.id,
    eventType,
    url: row.callbackUrl,
    payload: JSON.stringify({ type: eventType, timestamp: row.finishedAt?.toISOString() ?? null, data }),
  };
}
