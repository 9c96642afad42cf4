import { formatTime } from './format.js';
import type { PdfCanvas } from './pdf-canvas.js';
import { breathe, drawTable, tableHeight, type PdfColumn } from './pdf-table.js';
import { COLOR, CONTENT_WIDTH, PAGE } from './pdf-theme.js';
import type { Report, ReportViolation } from './schema.js';
import { embedStills, type EmbeddedStill, type Stills } from './stills.js';
import { hasZones, noViolationWords, stillsNote, violationWords, type ViolationWords } from './words.js';

/** Shape of the close-up beside a still, width by height. */
const CLOSE_UP_ASPECT = 0.72;
const STILL_HEIGHT = 128;
const MAX_STILL_WIDTH = 228;
const GAP = 3;
/** A table of no more rows starts on a page of its own rather than leave its last one alone on the next. */
const MAX_UNBROKEN_ROWS = 10;

/** Table of all violations and the stills; with many, the stills come first, for nobody leafs through 100 pages. */
export async function drawViolations(canvas: PdfCanvas, report: Report, stills: Stills): Promise<void> {
  const total = report.violations.length;
  if (total === 0) {
    canvas.section('Violations', 20);
    canvas.y += canvas.text(noViolationWords(report), PAGE.left, canvas.y, CONTENT_WIDTH, { color: COLOR.soft });
    return;
  }
  const embedded = embedStills(report, stills, CLOSE_UP_ASPECT);
  const shown = new Set(embedded.map(({ violation }) => String(violation.number)));
  const rows = report.violations.map((violation) => violationWords(report, violation));
  const many = total > 40;
  if (!many) {
    const columns = violationColumns(report, shown);
    canvas.section('Violations', rows.length > MAX_UNBROKEN_ROWS ? 50 : tableHeight(canvas, columns, rows));
    await drawTable(canvas, columns, rows);
  }
  canvas.section(many ? 'Violations' : 'Stills', embedded.length === 0 ? 20 : STILL_HEIGHT + 20);
  const note = stillsNote(report, embedded.length);
  if (note !== undefined) canvas.y += canvas.text(note, PAGE.left, canvas.y, CONTENT_WIDTH, { color: COLOR.soft }) + 8;
  for (const still of embedded) {
    drawStill(canvas, report, still);
    await breathe();
  }
  if (!many) return;
  canvas.section('All violations', 50);
  await drawTable(canvas, violationColumns(report, shown), rows);
}

function violationColumns(report: Report, shown: ReadonlySet<string>): PdfColumn<ViolationWords>[] {
  const zone: PdfColumn<ViolationWords> = { label: 'Zone', weight: 1, text: (row) => row.zone };
  return [
    {
      label: 'No.',
      numeric: true,
      text: (row) => row.number,
      linkTo: (row) => (shown.has(row.number) ? destination(row.number) : undefined),
    },
    { label: 'Person', text: (row) => row.person },
    { label: 'Missing', text: (row) => row.item },
    ...(hasZones(report) ? [zone] : []),
    { label: 'Start–end', text: (row) => `${row.start}–${row.end}`, small: (row) => row.clock },
    { label: 'Duration', numeric: true, text: (row) => row.duration },
    { label: 'Confidence', numeric: true, text: (row) => row.confidence },
    { label: 'Reason', weight: 1, text: (row) => row.shortReason },
  ];
}

/** Name of the place where the still of a violation stands. */
function destination(number: string): string {
  return `violation-${number}`;
}

/** The whole still, the person close up, and what the table says about it. */
function drawStill(canvas: PdfCanvas, report: Report, still: EmbeddedStill): void {
  canvas.ensure(STILL_HEIGHT + 14);
  const { doc, y } = canvas;
  const frameWidth = Math.min(STILL_HEIGHT * (still.widthPx / still.heightPx), MAX_STILL_WIDTH);
  const frameHeight = frameWidth * (still.heightPx / still.widthPx);
  const closeWidth = STILL_HEIGHT * CLOSE_UP_ASPECT;
  const image = openImage(canvas, still.bytes);
  doc.addNamedDestination(destination(String(still.violation.number)), 'XYZ', PAGE.left, y - 6, null);
  doc.image(image, PAGE.left, y, { width: frameWidth, height: frameHeight });
  drawCloseUp(canvas, still, image, PAGE.left + frameWidth + GAP, closeWidth);
  const textLeft = PAGE.left + frameWidth + GAP + closeWidth + 14;
  drawCaption(canvas, report, still.violation, textLeft, PAGE.left + CONTENT_WIDTH - textLeft);
  canvas.y = y + STILL_HEIGHT + 12;
}

function drawCloseUp(
  { doc, y }: PdfCanvas,
  still: EmbeddedStill,
  image: PDFKit.Mixins.ImageSrc,
  x: number,
  width: number,
): void {
  const { closeUp, widthPx, heightPx } = still;
  const scale = width / closeUp.width;
  doc.save().rect(x, y, width, STILL_HEIGHT).clip();
  doc.image(image, x - closeUp.x * scale, y - closeUp.y * scale, { width: widthPx * scale, height: heightPx * scale });
  doc.restore();
}

function drawCaption(canvas: PdfCanvas, report: Report, violation: ReportViolation, x: number, width: number): void {
  const words = violationWords(report, violation);
  let { y } = canvas;
  y += canvas.text(`${words.number}. ${words.person}`, x, y, width, { font: 'bold', size: 9.5 });
  y += canvas.text(`${words.item} missing`, x, y + 1, width, { font: 'bold', size: 9.5, color: COLOR.missing }) + 5;
  const lines = [
    `${words.start}–${words.end} (${words.duration})`,
    ...(words.clock === undefined ? [] : [`${words.clock} local time`]),
    ...(hasZones(report) ? [`Zone: ${words.zone}`] : []),
    `Confidence ${words.confidence}`,
    `Still at ${formatTime(violation.evidence?.ptsMs ?? violation.startMs)}`,
  ];
  for (const line of lines) y += canvas.text(line, x, y, width, { size: 8, maxHeight: 20 }) + 1.5;
  canvas.text(words.reason, x, y + 2, width, { size: 8, color: COLOR.soft, maxHeight: 30 });
}

/** Opened once and drawn twice, so that the file holds each picture once. pdfkit's types leave the method out. */
function openImage({ doc }: PdfCanvas, bytes: Uint8Array): PDFKit.Mixins.ImageSrc {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (doc as unknown as { openImage(source: Buffer): PDFKit.Mixins.ImageSrc }).openImage(buffer);
}
