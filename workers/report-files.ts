import { renderCsv } from '../src/report/render-csv.js';
import { renderHtml } from '../src/report/render-html.js';
import { renderPdf } from '../src/report/render-pdf.js';
import type { Report } from '../src/report/schema.js';
import { serializeReport } from '../src/report/serialize.js';
import { pickStills } from '../src/report/stills.js';
import { throwIfCancelled } from '../src/shared/abort.js';
import { reportKey, type ReportFormat } from '../src/storage/keys.js';
import type { JobDeps } from './deps.js';
import { readStill, type MadeEvidence } from './report-evidence.js';

const CONTENT_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  html: 'text/html; charset=utf-8',
  pdf: 'application/pdf',
};

/** Renders the report in its four formats and stores them; a second attempt writes over what the first one left. */
export async function storeReport(
  deps: Pick<JobDeps, 'storage'>,
  report: Report,
  evidence: readonly MadeEvidence[],
  signal: AbortSignal,
): Promise<void> {
  const stills = await loadStills(deps, report, evidence);
  const put = async (format: ReportFormat, content: string | Uint8Array): Promise<void> => {
    throwIfCancelled(signal);
    const body = Buffer.from(content as Uint8Array);
    const key = reportKey(report.analysis.id, report.analysis.assessmentId, format);
    await deps.storage.put(key, body, { contentType: CONTENT_TYPES[format], signal });
  };
  await put('json', serializeReport(report));
  await put('csv', renderCsv(report));
  await put('html', renderHtml(report, { stills }));
  await put('pdf', await renderPdf(report, { stills }));
}

/** The stills that the documents show, from storage: there may be far more of them than fit into memory. */
async function loadStills(
  deps: Pick<JobDeps, 'storage'>,
  report: Report,
  evidence: readonly MadeEvidence[],
): Promise<Map<number, Buffer>> {
  const stills = new Map<number, Buffer>();
  for (const number of pickStills(report)) {
    const still = evidence.find((made) => made.violationNumber === number);
    if (still !== undefined) stills.set(number, await readStill(deps, still));
  }
  return stills;
}
