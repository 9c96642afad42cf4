import type { PdfCanvas, TextStyle } from './pdf-canvas.js';
import { COLOR, CONTENT_BOTTOM, CONTENT_WIDTH, PAGE } from './pdf-theme.js';

export type PdfColumn<Row> = {
  readonly label: string;
  /** Share of the width that is left over; without it the column is as wide as its longest text. */
  readonly weight?: number;
  readonly numeric?: boolean;
  readonly text: (row: Row) => string;
  /** A second, quieter line. */
  readonly small?: (row: Row) => string | undefined;
  /** Draws instead of text. */
  readonly draw?: (row: Row, x: number, y: number, width: number) => void;
  readonly linkTo?: (row: Row) => string | undefined;
};

const GAP = 9;
const PAD = 4.2;
/** Four lines at most: a name as long as a paragraph must not push the table apart. */
const BODY: TextStyle = { size: 8.2, maxHeight: 40 };
const SMALL: TextStyle = { size: 7.2, color: COLOR.soft };
const HEAD: TextStyle = { size: 7.6, font: 'bold', color: COLOR.soft };

/** A table over as many pages as it takes, with its head on each. Gives way to other work once per page. */
export async function drawTable<Row>(
  canvas: PdfCanvas,
  columns: readonly PdfColumn<Row>[],
  rows: readonly Row[],
): Promise<void> {
  const placed = placeColumns(canvas, columns, rows);
  drawHead(canvas, placed);
  for (const row of rows) {
    const height = rowHeight(canvas, placed, row);
    if (canvas.y + height > CONTENT_BOTTOM) {
      canvas.newPage();
      drawHead(canvas, placed);
      await breathe();
    }
    for (const { column, x, width } of placed) drawCell(canvas, column, row, x, width);
    canvas.y += height;
    canvas.rule(canvas.y);
  }
}

/** Points that `drawTable` takes when it need not break. */
export function tableHeight<Row>(canvas: PdfCanvas, columns: readonly PdfColumn<Row>[], rows: readonly Row[]): number {
  const placed = placeColumns(canvas, columns, rows);
  return headHeight(canvas, placed) + rows.reduce((sum, row) => sum + rowHeight(canvas, placed, row), 0);
}

/** Lets timers and input run: a queue's lock must be renewed while thousands of rows are set. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

type Placed<Row> = { readonly column: PdfColumn<Row>; readonly x: number; readonly width: number };

/** Columns without a weight take what their longest text needs; the others share what is left. */
function placeColumns<Row>(canvas: PdfCanvas, columns: readonly PdfColumn<Row>[], rows: readonly Row[]): Placed<Row>[] {
  const fitted = columns.map((column) => (column.weight === undefined ? fitWidth(canvas, column, rows) : 0));
  const free = CONTENT_WIDTH - GAP * (columns.length - 1) - fitted.reduce((sum, width) => sum + width, 0);
  const total = columns.reduce((sum, { weight = 0 }) => sum + weight, 0);
  let x: number = PAGE.left;
  return columns.map((column, i) => {
    const width = column.weight === undefined ? (fitted[i] ?? 0) : (free * column.weight) / total;
    const placed = { column, x, width };
    x += width + GAP;
    return placed;
  });
}

/** Text with the most characters is not always the widest; among the longest few the widest is. */
function fitWidth<Row>(canvas: PdfCanvas, column: PdfColumn<Row>, rows: readonly Row[]): number {
  const widest = (texts: readonly string[], style: TextStyle): number =>
    Math.max(
      0,
      ...[...new Set(texts)]
        .sort((a, b) => b.length - a.length)
        .slice(0, 20)
        .map((text) => canvas.widthOf(text, style)),
    );
  const small = rows.map((row) => column.small?.(row) ?? '');
  return 0.5 + Math.max(canvas.widthOf(column.label, HEAD), widest(rows.map(column.text), BODY), widest(small, SMALL));
}

const HEAD_GAP = 3;

function headHeight<Row>(canvas: PdfCanvas, placed: readonly Placed<Row>[]): number {
  return HEAD_GAP + Math.max(...placed.map(({ column, width }) => canvas.measure(column.label, width, HEAD)));
}

function rowHeight<Row>(canvas: PdfCanvas, placed: readonly Placed<Row>[], row: Row): number {
  return 2 * PAD + Math.max(...placed.map(({ column, width }) => cellHeight(canvas, column, row, width)));
}

function drawHead<Row>(canvas: PdfCanvas, placed: readonly Placed<Row>[]): void {
  const height = headHeight(canvas, placed);
  for (const { column, x, width } of placed) {
    const top = canvas.y + height - HEAD_GAP - canvas.measure(column.label, width, HEAD);
    canvas.text(column.label, x, top, width, { ...HEAD, align: column.numeric ? 'right' : 'left' });
  }
  canvas.y += height;
  canvas.rule(canvas.y, COLOR.ink, 0.8);
}

function cellHeight<Row>(canvas: PdfCanvas, column: PdfColumn<Row>, row: Row, width: number): number {
  if (column.draw) return 0;
  const small = column.small?.(row);
  const extra = small === undefined ? 0 : canvas.measure(small, width, SMALL);
  return canvas.measure(column.text(row), width, BODY) + extra;
}

function drawCell<Row>(canvas: PdfCanvas, column: PdfColumn<Row>, row: Row, x: number, width: number): void {
  const top = canvas.y + PAD;
  if (column.draw) {
    column.draw(row, x, top, width);
    return;
  }
  const align = column.numeric ? 'right' : 'left';
  const height = canvas.text(column.text(row), x, top, width, { ...BODY, align });
  const small = column.small?.(row);
  if (small !== undefined) canvas.text(small, x, top + height, width, { ...SMALL, align });
  const target = column.linkTo?.(row);
  if (target !== undefined) {
    canvas.rule(
      top + height - 0.6,
      COLOR.unknown,
      0.4,
      x + width - canvas.widthOf(column.text(row), BODY),
      canvas.widthOf(column.text(row), BODY),
    );
    canvas.doc.goTo(x, top, width, height, target);
  }
}
