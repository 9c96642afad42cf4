import { formatTick } from './format.js';
import type { PdfCanvas } from './pdf-canvas.js';
import { drawSwatch } from './pdf-parts.js';
import { COLOR, CONTENT_BOTTOM, CONTENT_WIDTH, PAGE } from './pdf-theme.js';
import type { Report } from './schema.js';
import { buildTimelineChart, type ChartLane, type ChartRow, type TimelineChart } from './timeline-chart.js';
import { itemWord, omittedPersonsNote } from './words.js';

const LABEL_WIDTH = 96;
const PLOT_LEFT = PAGE.left + LABEL_WIDTH;
const PLOT_WIDTH = CONTENT_WIDTH - LABEL_WIDTH - 4;
const AXIS_HEIGHT = 16;

/** Heights in points; many persons get thinner lanes so that 40 of them fit on one page. */
type Measures = { readonly lane: number; readonly gap: number; readonly label: number };
const ROOMY: Measures = { lane: 10.5, gap: 7, label: 7.2 };
const DENSE: Measures = { lane: 6, gap: 3, label: 5.4 };

export function drawTimeline(canvas: PdfCanvas, report: Report): void {
  const chart = buildTimelineChart(report);
  const measures = chart.rows.length > 14 ? DENSE : ROOMY;
  const heights = chart.rows.map((row) => rowHeight(row, measures));
  const wholeHeight = heights.reduce((sum, height) => sum + height, AXIS_HEIGHT + 50);
  const room = CONTENT_BOTTOM - PAGE.top - 40;
  canvas.section('Timeline', wholeHeight <= room ? wholeHeight : 160);
  if (chart.rows.length === 0) {
    canvas.y += canvas.text('No person was seen, so there is no timeline.', PAGE.left, canvas.y, CONTENT_WIDTH, {
      color: COLOR.soft,
    });
    return;
  }
  drawPanels(canvas, chart, heights, measures);
  drawLegend(canvas, chart);
}

/** The rows with an axis above; what does not fit on a page goes on under a new axis on the next. */
function drawPanels(canvas: PdfCanvas, chart: TimelineChart, heights: readonly number[], measures: Measures): void {
  let first = 0;
  while (first < chart.rows.length) {
    let last = first;
    let height = AXIS_HEIGHT;
    while (
      last < chart.rows.length &&
      (last === first || canvas.y + height + (heights[last] ?? 0) <= CONTENT_BOTTOM - 34)
    ) {
      height += heights[last] ?? 0;
      last += 1;
    }
    drawGrid(canvas, chart, canvas.y, height);
    canvas.y += AXIS_HEIGHT;
    for (const row of chart.rows.slice(first, last)) drawRow(canvas, row, chart.endMs, measures);
    first = last;
    if (first < chart.rows.length) canvas.newPage();
  }
}

/** A person of whom nothing was required still has a name to show. */
function rowHeight({ lanes }: ChartRow, { lane, gap }: Measures): number {
  return Math.max(1, lanes.length) * lane + gap;
}

function plotX(ms: number, endMs: number): number {
  return PLOT_LEFT + (ms / endMs) * PLOT_WIDTH;
}

function drawGrid(canvas: PdfCanvas, chart: TimelineChart, top: number, height: number): void {
  const { doc } = canvas;
  const { analyzedUntilMs, endMs } = chart;
  if (endMs - analyzedUntilMs >= endMs * 0.01) {
    const left = plotX(analyzedUntilMs, endMs);
    doc.rect(left, top + AXIS_HEIGHT - 3, PLOT_LEFT + PLOT_WIDTH - left, height - AXIS_HEIGHT + 3).fill(COLOR.faint);
    canvas.text('not analysed', left, top + AXIS_HEIGHT + 2, PLOT_LEFT + PLOT_WIDTH - left, {
      size: 7,
      color: COLOR.soft,
      align: 'center',
    });
  }
  for (const ms of chart.ticks) {
    const x = plotX(ms, endMs);
    doc
      .moveTo(x, top + AXIS_HEIGHT - 3)
      .lineTo(x, top + height)
      .lineWidth(0.5)
      .strokeColor(COLOR.line)
      .stroke();
    const label = formatTick(ms, chart.tickStepMs, chart.endMs);
    const width = canvas.widthOf(label, { size: 7 });
    const left = Math.min(ms === 0 ? x : x - width / 2, PLOT_LEFT + PLOT_WIDTH - width);
    canvas.text(label, left, top, width + 1, { size: 7, color: COLOR.soft });
  }
}

function drawRow(canvas: PdfCanvas, row: ChartRow, endMs: number, { lane, gap, label }: Measures): void {
  const top = canvas.y + gap / 2;
  canvas.text(`Person ${row.trackId}`, PAGE.left, top + (lane - label) / 2 - 1, 56, {
    font: 'bold',
    size: label + 0.8,
  });
  row.lanes.forEach((chartLane, i) => drawLane(canvas, chartLane, endMs, top + i * lane, { lane, gap, label }));
  canvas.y += rowHeight(row, { lane, gap, label });
  canvas.rule(canvas.y, COLOR.faint, 0.5);
}

/** Thin = worn, hatched = unknown, full = missing: it reads without colour. */
const INSET = { worn: 0.3, unknown: 0.18, missing: 0.06 } as const;

function drawLane(
  canvas: PdfCanvas,
  chartLane: ChartLane,
  endMs: number,
  top: number,
  { lane, label }: Measures,
): void {
  const style = { size: label, color: COLOR.soft, align: 'right' } as const;
  canvas.text(itemWord(chartLane.item), PAGE.left + 40, top + (lane - label) / 2 - 0.8, LABEL_WIDTH - 46, {
    ...style,
    maxHeight: lane,
  });
  for (const { startMs, endMs: spanEndMs, status } of chartLane.spans) {
    const left = plotX(startMs, endMs);
    const inset = INSET[status] * lane;
    drawSwatch(canvas, status, left, top + inset, Math.max(0.6, plotX(spanEndMs, endMs) - left), lane - 2 * inset);
  }
  drawMarks(canvas, chartLane, endMs, top, lane);
}

/** Numbers of violations on their blocks; where there is no room only the first of a group is named. */
function drawMarks(canvas: PdfCanvas, { marks }: ChartLane, endMs: number, top: number, lane: number): void {
  const size = lane > 8 ? 7 : 5;
  let freeFrom = 0;
  for (const { number, startMs } of marks) {
    const left = plotX(startMs, endMs);
    const style = { font: 'bold', size, color: COLOR.white } as const;
    const width = canvas.widthOf(String(number), style) + 3;
    if (left < freeFrom) continue;
    canvas.doc.rect(left, top + INSET.missing * lane, width, lane * (1 - 2 * INSET.missing)).fill(COLOR.missing);
    canvas.text(String(number), left + 1.5, top + (lane - size) / 2 - 0.9, width, style);
    freeFrom = left + width + 1;
  }
}

function drawLegend(canvas: PdfCanvas, chart: TimelineChart): void {
  canvas.y += 8;
  let x: number = PAGE.left;
  for (const status of ['worn', 'unknown', 'missing'] as const) {
    const inset = INSET[status] * 10;
    drawSwatch(canvas, status, x, canvas.y + inset, 18, 10 - 2 * inset);
    canvas.text(status, x + 22, canvas.y, 60, { size: 8, color: COLOR.soft });
    x += 22 + canvas.widthOf(status, { size: 8 }) + 16;
  }
  canvas.doc.rect(x, canvas.y + 0.6, 9, 9).fill(COLOR.missing);
  canvas.text('1', x, canvas.y + 1, 9, { font: 'bold', size: 7, color: COLOR.white, align: 'center' });
  canvas.text('number of a violation', x + 13, canvas.y, 110, { size: 8, color: COLOR.soft });
  canvas.y += 12;
  const note = omittedPersonsNote(chart.rows.length, chart.totalRows);
  if (note === undefined) return;
  canvas.y += 3 + canvas.text(note, PAGE.left, canvas.y + 3, CONTENT_WIDTH, { size: 8, color: COLOR.soft });
}
