import type { Fact } from './facts.js';
import type { ItemFigures } from './figures.js';
import type { PdfCanvas, TextStyle } from './pdf-canvas.js';
import { COLOR } from './pdf-theme.js';

/** Worn, unknown and missing as parts of one bar; nothing to show without person-time. */
export function drawShares(
  canvas: PdfCanvas,
  { shares }: ItemFigures,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  canvas.doc.rect(x, y, width, height).fill(COLOR.panel);
  let left = x;
  for (const status of ['worn', 'unknown', 'missing'] as const) {
    const part = shares[status] * width;
    if (part > 0) drawSwatch(canvas, status, left, y, part, height);
    left += part;
  }
}

/** Hatched where unknown, so that it can be told apart in black and white. */
export function drawSwatch(
  { doc }: PdfCanvas,
  status: 'worn' | 'unknown' | 'missing',
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  if (status !== 'unknown') {
    doc.rect(x, y, width, height).fill(COLOR[status]);
    return;
  }
  doc.rect(x, y, width, height).fill(COLOR.unknownGround);
  // A thick dashed line is a hatch in a single operation.
  doc
    .save()
    .moveTo(x, y + height / 2)
    .lineTo(x + width, y + height / 2);
  doc.lineWidth(height).lineCap('butt').dash(0.9, { space: 1.6 }).strokeColor(COLOR.unknown).stroke().restore();
}

/** One labelled value with its hairline; returns the height. */
export function drawFact(
  canvas: PdfCanvas,
  fact: Fact,
  x: number,
  y: number,
  width: number,
  labelWidth: number,
): number {
  canvas.text(fact.label, x, y + 3.4, labelWidth, { size: 8.4, color: COLOR.soft });
  canvas.text(fact.value, x + labelWidth, y + (fact.code ? 4.6 : 3.4), width - labelWidth, valueStyle(fact));
  const height = measureFact(canvas, fact, width, labelWidth);
  canvas.rule(y + height, COLOR.line, 0.5, x, width);
  return height;
}

export function measureFact(canvas: PdfCanvas, fact: Fact, width: number, labelWidth: number): number {
  const height = canvas.measure(fact.value, width - labelWidth, valueStyle(fact));
  return Math.max(height + (fact.code ? 8.4 : 6.6), 16.6);
}

function valueStyle(fact: Fact): TextStyle {
  return fact.code ? { font: 'mono', size: 6.9, lineGap: 1 } : { size: 8.4, lineGap: 0.5, maxHeight: 66 };
}
