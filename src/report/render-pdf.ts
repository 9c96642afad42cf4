import { PdfCanvas } from './pdf-canvas.js';
import { drawBreakdowns, drawLimits, drawMethod } from './pdf-closing.js';
import { drawCover } from './pdf-cover.js';
import { COLOR, CONTENT_WIDTH, PAGE, TONE } from './pdf-theme.js';
import { drawTimeline } from './pdf-timeline.js';
import { drawViolations } from './pdf-violations.js';
import { hashReport } from './report-hash.js';
import type { Report } from './schema.js';
import type { Stills } from './stills.js';
import { incompleteNotice } from './words.js';

/**
 * report.pdf: A4, fonts embedded, the same bytes for the same report and stills. Latin, Greek and Cyrillic names are
 * printed as they are; characters that the font lacks (Chinese, Japanese, Korean, emoji) appear as a box and the
 * document says so. Gives way to other work between pages, so a worker's timers go on.
 */
export async function renderPdf(report: Report, { stills }: { readonly stills: Stills }): Promise<Buffer> {
  const canvas = new PdfCanvas(report);
  drawCover(canvas, report);
  drawTimeline(canvas, report);
  await drawViolations(canvas, report, stills);
  await drawBreakdowns(canvas, report);
  drawMethod(canvas, report);
  drawLimits(canvas, report);
  drawFurniture(canvas, report);
  return canvas.finish();
}

/** Header and footer, once the number of pages is known. */
function drawFurniture(canvas: PdfCanvas, report: Report): void {
  const { doc } = canvas;
  const { start, count } = doc.bufferedPageRange();
  const notice = incompleteNotice(report);
  const hash = hashReport(report);
  for (let page = start; page < start + count; page += 1) {
    doc.switchToPage(page);
    if (page > start) drawHeader(canvas, report, notice);
    const y = PAGE.height - 40;
    canvas.rule(y - 6, COLOR.line);
    const soft = { size: 6.6, color: COLOR.soft } as const;
    canvas.text(`Analysis ${report.analysis.id}`, PAGE.left, y, CONTENT_WIDTH - 80, soft);
    canvas.text(`SHA-256 of report.json: ${hash}`, PAGE.left, y + 9, CONTENT_WIDTH - 80, soft);
    canvas.text(`${page - start + 1} of ${count}`, PAGE.left + CONTENT_WIDTH - 80, y + 2, 80, {
      size: 8.5,
      align: 'right',
    });
  }
}

function drawHeader(canvas: PdfCanvas, report: Report, notice: string | undefined): void {
  canvas.doc.rect(PAGE.left, 0, 42, 6).fill(COLOR.signal);
  const noticeStyle = { font: 'bold', size: 7.6, color: TONE.unsure.ink, align: 'right' } as const;
  const noticeWidth = notice === undefined ? 0 : canvas.widthOf(notice, noticeStyle) + 2;
  const left = CONTENT_WIDTH - noticeWidth - 12;
  canvas.text(`PPE compliance report · ${report.analysis.name}`, PAGE.left, 30, left, {
    size: 7.6,
    color: COLOR.soft,
    maxHeight: 9,
  });
  if (notice !== undefined) canvas.text(notice, PAGE.left + CONTENT_WIDTH - noticeWidth, 30, noticeWidth, noticeStyle);
  canvas.rule(44, COLOR.line);
}
