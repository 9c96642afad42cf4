import { analysisFacts, type Fact, sourceFacts } from './facts.js';
import { type KeyFigures, keyFigures } from './figures.js';
import { cleanText, formatDateTime } from './format.js';
import type { PdfCanvas } from './pdf-canvas.js';
import { drawFact, drawShares, drawSwatch } from './pdf-parts.js';
import { COLOR, CONTENT_WIDTH, PAGE, TONE } from './pdf-theme.js';
import type { Report } from './schema.js';
import { VERDICT_ICONS } from './verdict-icons.js';
import { detectionFloorSentence, incompleteReason, type Tone, verdictWords } from './words.js';

/** Page 1: what was checked, what came out, and on what it rests. */
export function drawCover(canvas: PdfCanvas, report: Report): void {
  drawTitle(canvas, report);
  drawVerdict(canvas, report);
  drawNotice(canvas, report);
  drawCards(canvas, keyFigures(report));
  drawSource(canvas, report);
}

function drawTitle(canvas: PdfCanvas, { analysis, generatedAt }: Report): void {
  canvas.doc.rect(PAGE.left, 0, 42, 6).fill(COLOR.signal);
  canvas.text('PPE compliance report', PAGE.left, 30, 240, { font: 'bold', size: 9 });
  canvas.text(formatDateTime(generatedAt), PAGE.left + 240, 30, CONTENT_WIDTH - 240, {
    size: 9,
    color: COLOR.soft,
    align: 'right',
  });
  const name = cleanText(analysis.name);
  const size = name.length <= 48 ? 24 : name.length <= 110 ? 18 : 13;
  canvas.y = 50;
  canvas.y += canvas.text(name, PAGE.left, canvas.y, CONTENT_WIDTH, { font: 'bold', size, maxHeight: 110 });
  if (analysis.tag !== null && cleanText(analysis.tag) !== '') drawTag(canvas, analysis.tag);
  canvas.y += 14;
}

function drawTag(canvas: PdfCanvas, tag: string): void {
  const style = { size: 8.5, color: COLOR.soft, maxHeight: 34 };
  const width = Math.min(CONTENT_WIDTH - 16, canvas.widthOf(tag, style) + 0.5);
  const height = canvas.measure(tag, width, style);
  canvas.y += 6;
  canvas.doc
    .roundedRect(PAGE.left, canvas.y, width + 16, height + 6, 8)
    .lineWidth(0.7)
    .strokeColor(COLOR.line)
    .stroke();
  canvas.text(tag, PAGE.left + 8, canvas.y + 2.6, width, style);
  canvas.y += height + 6;
}

function drawVerdict(canvas: PdfCanvas, report: Report): void {
  const { tone, headline, sentence } = verdictWords(report);
  const { ink, ground, line } = TONE[tone];
  const width = CONTENT_WIDTH - 82;
  const textHeight =
    canvas.measure(headline, width, { font: 'bold', size: 16 }) +
    canvas.measure(sentence, width, { size: 9.5, lineGap: 1 });
  const height = Math.max(62, textHeight + 26);
  canvas.doc.roundedRect(PAGE.left, canvas.y, CONTENT_WIDTH, height, 6).lineWidth(0.8).fillAndStroke(ground, line);
  drawIcon(canvas, tone, PAGE.left + 34, canvas.y + height / 2);
  const top = canvas.y + (height - textHeight) / 2 - 1;
  const used = canvas.text(headline, PAGE.left + 66, top, width, { font: 'bold', size: 16, color: ink });
  canvas.text(sentence, PAGE.left + 66, top + used + 2, width, { size: 9.5, lineGap: 1 });
  canvas.y += height;
}

/** Check, exclamation or question mark: the verdict must not hang on its colour. */
function drawIcon({ doc }: PdfCanvas, tone: Tone, x: number, y: number): void {
  doc
    .save()
    .translate(x - 17, y - 17)
    .scale(34 / 48);
  doc.circle(24, 24, 23).fill(TONE[tone].ink);
  doc.lineWidth(5).lineCap('round').lineJoin('round').strokeColor(COLOR.white);
  doc.path(VERDICT_ICONS[tone]).stroke().restore();
}

function drawNotice(canvas: PdfCanvas, report: Report): void {
  const reason = incompleteReason(report);
  if (reason === undefined) return;
  const style = { size: 9, lineGap: 1 };
  const text = `This report is incomplete. ${reason} Every figure holds for the analysed part only.`;
  const height = canvas.measure(text, CONTENT_WIDTH - 26, style) + 14;
  canvas.y += 8;
  canvas.doc.rect(PAGE.left, canvas.y, CONTENT_WIDTH, height).fill(TONE.unsure.ground);
  canvas.doc.rect(PAGE.left, canvas.y, 4, height).fill('#d99a00');
  canvas.text(text, PAGE.left + 14, canvas.y + 7, CONTENT_WIDTH - 26, style);
  canvas.y += height;
}

const CARD_HEIGHT = 124;

function drawCards(canvas: PdfCanvas, figures: readonly KeyFigures[]): void {
  const perRow = Math.min(2, Math.max(1, figures.length));
  const width = (CONTENT_WIDTH - 12 * (perRow - 1)) / perRow;
  figures.forEach((figure, i) => {
    const column = i % perRow;
    if (column === 0) {
      canvas.y += 12;
      canvas.ensure(CARD_HEIGHT);
    }
    drawCard(canvas, figure, PAGE.left + column * (width + 12), canvas.y, width);
    if (column === perRow - 1 || i === figures.length - 1) canvas.y += CARD_HEIGHT;
  });
}

function drawCard(canvas: PdfCanvas, figures: KeyFigures, x: number, y: number, width: number): void {
  const inner = width - 28;
  const left = x + 14;
  const soft = { size: 7.8, color: COLOR.soft } as const;
  const big = { font: 'bold', size: 23 } as const;
  canvas.doc.roundedRect(x, y, width, CARD_HEIGHT, 6).lineWidth(0.8).strokeColor(COLOR.line).stroke();
  canvas.text(figures.title, left, y + 10, inner, { font: 'bold', size: 9.5 });
  canvas.text(figures.rate, left, y + 21, inner, big);
  const beside = left + canvas.widthOf(figures.rate, big) + 9;
  figures.rateNotes.forEach((line, i) => canvas.text(line, beside, y + 27 + 10 * i, inner - (beside - left), soft));
  drawShares(canvas, figures, left, y + 53, inner, 8);
  for (const [i, status] of (['worn', 'unknown', 'missing'] as const).entries()) {
    const cell = left + (i * inner) / 3;
    drawSwatch(canvas, status, cell, y + 67, 7, 6.4);
    drawPair(canvas, status, figures[status], cell, y + 65, inner / 3, 10.5);
  }
  canvas.rule(y + 91, COLOR.line, 0.6, left, inner);
  drawPair(canvas, 'Violations', figures.violations, left, y + 96, inner / 3);
  drawPair(canvas, 'Unknown share', figures.unknownShare, left + inner / 3, y + 96, inner / 3);
  drawPair(canvas, 'Persons judged', figures.judged, left + (inner * 2) / 3, y + 96, inner / 3 + 12);
}

/** A quiet label with its value below. */
function drawPair(
  canvas: PdfCanvas,
  label: string,
  value: string,
  x: number,
  y: number,
  width: number,
  indent = 0,
): void {
  canvas.text(label, x + indent, y, width - indent, { size: 7.4, color: COLOR.soft });
  canvas.text(value, x, y + 10, width, { font: 'bold', size: 8.6 });
}

function drawSource(canvas: PdfCanvas, report: Report): void {
  canvas.section('Source and completeness', 120);
  const width = (CONTENT_WIDTH - 24) / 2;
  const top = canvas.y;
  const left = drawFacts(canvas, sourceFacts(report), PAGE.left, top, width);
  const right = drawFacts(canvas, analysisFacts(report), PAGE.left + width + 24, top, width);
  canvas.y = top + Math.max(left, right) + 8;
  canvas.y += canvas.text(detectionFloorSentence(report), PAGE.left, canvas.y, CONTENT_WIDTH, {
    size: 8.4,
    color: COLOR.soft,
  });
}

const LABEL_WIDTH = 70;

/** Labelled values from y downwards; returns the height. Values wrap as often as they must. */
function drawFacts(canvas: PdfCanvas, facts: readonly Fact[], x: number, top: number, width: number): number {
  let y = top;
  for (const fact of facts) y += drawFact(canvas, fact, x, y, width, LABEL_WIDTH);
  return y - top;
}
