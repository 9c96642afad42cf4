import { limitSentences, methodFacts } from './facts.js';
import { type BreakdownRow, breakdowns } from './figures.js';
import type { PdfCanvas } from './pdf-canvas.js';
import { drawFact, drawShares, measureFact } from './pdf-parts.js';
import { drawTable, type PdfColumn } from './pdf-table.js';
import { COLOR, CONTENT_WIDTH, PAGE } from './pdf-theme.js';
import type { Report } from './schema.js';

export async function drawBreakdowns(canvas: PdfCanvas, report: Report): Promise<void> {
  for (const { title, keyLabel, note, rows } of breakdowns(report)) {
    const isZone = keyLabel === 'Zone';
    canvas.section(title, isZone ? 190 : 70);
    if (isZone) drawZoneMap(canvas, report);
    await drawTable(canvas, breakdownColumns(canvas, keyLabel), rows);
    canvas.y += 5 + canvas.text(note, PAGE.left, canvas.y + 5, CONTENT_WIDTH, { size: 8, color: COLOR.soft });
  }
}

function breakdownColumns(canvas: PdfCanvas, keyLabel: string): PdfColumn<BreakdownRow>[] {
  return [
    { label: keyLabel, weight: 3, text: ({ key }) => key },
    { label: 'Item', text: ({ figures }) => figures.title },
    { label: 'Persons', numeric: true, text: ({ persons }) => persons },
    { label: 'Worn', numeric: true, text: ({ figures }) => figures.rate },
    { label: '95\u00a0% interval', numeric: true, text: ({ figures }) => figures.interval },
    {
      label: '',
      weight: 2,
      text: () => '',
      draw: ({ figures }, x, y, width) => drawShares(canvas, figures, x, y + 1.6, width, 6.4),
    },
    { label: 'Unknown', numeric: true, text: ({ figures }) => figures.unknownShare },
    { label: 'Violations', numeric: true, text: ({ figures }) => figures.violations },
  ];
}

const MAP_HEIGHT = 118;

/** Where the zones lie on the picture. */
function drawZoneMap(canvas: PdfCanvas, report: Report): void {
  const { doc, y } = canvas;
  const { zones } = report.analysis.settings.rules;
  if (zones.length === 0) return;
  const width = Math.min(CONTENT_WIDTH, (MAP_HEIGHT * report.source.widthPx) / report.source.heightPx);
  doc.rect(PAGE.left, y, width, MAP_HEIGHT).lineWidth(0.8).fillAndStroke(COLOR.panel, COLOR.line);
  zones.forEach(({ polygon }, i) => {
    const corners = polygon.map(([px, py]): [number, number] => [PAGE.left + px * width, y + py * MAP_HEIGHT]);
    doc
      .polygon(...corners)
      .lineWidth(1)
      .fillOpacity(0.3)
      .fillAndStroke(COLOR.signal, COLOR.zone)
      .fillOpacity(1);
    const x = corners.reduce((sum, [cx]) => sum + cx, 0) / corners.length;
    const centre = corners.reduce((sum, [, cy]) => sum + cy, 0) / corners.length;
    canvas.text(String(i + 1), x - 10, centre - 6, 20, { font: 'bold', size: 9, align: 'center' });
  });
  let textTop = y;
  zones.forEach(({ name }, i) => {
    if (textTop > y + MAP_HEIGHT - 12) return;
    textTop +=
      canvas.text(`${i + 1}  ${name}`, PAGE.left + width + 14, textTop, CONTENT_WIDTH - width - 14, {
        size: 8.4,
        maxHeight: 22,
      }) + 3;
  });
  canvas.y += MAP_HEIGHT + 12;
}

/** Kept on one page, as are the limits: nobody reads the second half of a list on its own. */
export function drawMethod(canvas: PdfCanvas, report: Report): void {
  const facts = methodFacts(report);
  const heights = facts.map((fact) => measureFact(canvas, fact, CONTENT_WIDTH, LABEL_WIDTH));
  canvas.section(
    'Method',
    Math.min(
      MAX_KEPT,
      heights.reduce((sum, height) => sum + height, 0),
    ),
  );
  facts.forEach((fact, i) => {
    canvas.ensure(heights[i] ?? 0);
    canvas.y += drawFact(canvas, fact, PAGE.left, canvas.y, CONTENT_WIDTH, LABEL_WIDTH);
  });
}

const LABEL_WIDTH = 92;
/** A list longer than this may break; keeping it whole would leave half a page empty. */
const MAX_KEPT = 420;

export function drawLimits(canvas: PdfCanvas, report: Report): void {
  const lost =
    'Some characters of names cannot be printed with the font of this PDF and are shown as \u25a1; the HTML, CSV and JSON reports have them.';
  const sentences = canvas.lostCharacters ? [...limitSentences(report), lost] : limitSentences(report);
  const style = { size: 8.6, lineGap: 1 };
  const heights = sentences.map((sentence) => canvas.measure(sentence, CONTENT_WIDTH - 14, style) + 4);
  canvas.section(
    'Limits',
    Math.min(
      MAX_KEPT,
      heights.reduce((sum, height) => sum + height, 0),
    ),
  );
  sentences.forEach((sentence, i) => {
    canvas.ensure(heights[i] ?? 0);
    canvas.doc.circle(PAGE.left + 3, canvas.y + 5.4, 1.4).fill(COLOR.soft);
    canvas.y += canvas.text(sentence, PAGE.left + 14, canvas.y, CONTENT_WIDTH - 14, style) + 4;
  });
}
