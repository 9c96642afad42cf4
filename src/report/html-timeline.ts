import { formatTick, formatTime } from './format.js';
import { html, type SafeHtml } from './html-template.js';
import type { Report } from './schema.js';
import { buildTimelineChart, type ChartLane, type ChartRow, type TimelineChart } from './timeline-chart.js';
import { itemWord, omittedPersonsNote } from './words.js';

const LEFT = 132;
const WIDTH = 960;
const RIGHT = 14;
const TOP = 26;
const LANE = 15;
const ROW_GAP = 9;

/** The timeline as inline SVG: thin = worn, hatched = unknown, full block = missing, so that it reads without colour. */
export function renderTimeline(report: Report): SafeHtml {
  const chart = buildTimelineChart(report);
  if (chart.rows.length === 0) return html`<p class="empty">No person was seen, so there is no timeline.</p>`;
  const offsets = rowOffsets(chart.rows);
  const height = (offsets.at(-1) ?? TOP) + 4;
  const x = (ms: number): number => LEFT + (ms / chart.endMs) * (WIDTH - LEFT - RIGHT);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Timeline">
      <svg
        class="timeline"
        viewBox="0 0 ${WIDTH} ${height}"
        role="img"
        aria-label="Status of each item of each person over the time of the video"
      >
        <defs>
          <pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="5" height="5" fill="#eceff3" />
            <line x1="1" y1="0" x2="1" y2="5" stroke="#8b95a3" stroke-width="1.4" />
          </pattern>
        </defs>
        ${renderAxis(chart, x, height)} ${chart.rows.map((row, i) => renderRow(row, offsets[i] ?? TOP, x))}
        ${renderUnanalyzed(chart, x, height)}
      </svg>
    </div>
    ${renderLegend(chart)}`;
}

function rowOffsets(rows: readonly ChartRow[]): number[] {
  const offsets = [TOP + 6];
  for (const row of rows) offsets.push((offsets.at(-1) ?? 0) + Math.max(1, row.lanes.length) * LANE + ROW_GAP);
  return offsets;
}

function renderAxis(chart: TimelineChart, x: (ms: number) => number, height: number): SafeHtml {
  return html`${chart.ticks.map(
    (ms) =>
      html`<line class="grid" x1="${fixed(x(ms))}" x2="${fixed(x(ms))}" y1="${TOP}" y2="${height}" /><text
          class="tick"
          x="${fixed(x(ms))}"
          y="${TOP - 8}"
          text-anchor="${ms === 0 ? 'start' : x(ms) > WIDTH - 40 ? 'end' : 'middle'}"
          >${formatTick(ms, chart.tickStepMs, chart.endMs)}</text
        >`,
  )}`;
}

function renderRow(row: ChartRow, top: number, x: (ms: number) => number): SafeHtml {
  return html`<text class="who" x="0" y="${top + LANE * 0.78}">Person ${row.trackId}</text>
    ${row.lanes.map((lane, i) => renderLane(lane, top + i * LANE, x))}
    <line
      class="rule"
      x1="0"
      x2="${WIDTH}"
      y1="${top + Math.max(1, row.lanes.length) * LANE + ROW_GAP / 2}"
      y2="${top + Math.max(1, row.lanes.length) * LANE + ROW_GAP / 2}"
    />`;
}

const BAR = {
  worn: { inset: 4.5, fill: '#4d9a86' },
  unknown: { inset: 3, fill: 'url(#hatch)' },
  missing: { inset: 1, fill: '#c0271c' },
};

function renderLane(lane: ChartLane, top: number, x: (ms: number) => number): SafeHtml {
  const bars = lane.spans.map(({ startMs, endMs, status }) => {
    const { inset, fill } = BAR[status];
    const width = Math.max(1, x(endMs) - x(startMs));
    const title = `${itemWord(lane.item)} ${status} ${formatTime(startMs)} to ${formatTime(endMs)}`;
    return html`<rect
      x="${fixed(x(startMs))}"
      y="${top + inset}"
      width="${fixed(width)}"
      height="${LANE - 2 * inset}"
      fill="${fill}"
      ><title>${title}</title></rect
    >`;
  });
  // A number needs room; where violations follow closely only the first of them is named.
  let freeFrom = 0;
  const numbers = lane.marks.map(({ number, startMs }) => {
    const left = x(startMs) + 3;
    if (left < freeFrom) return null;
    freeFrom = left + 7 * String(number).length + 4;
    return html`<text class="mark" x="${fixed(left)}" y="${top + LANE * 0.76}">${number}</text>`;
  });
  return html`<text class="lane" x="${LEFT - 8}" y="${top + LANE * 0.74}" text-anchor="end">${itemWord(lane.item)}</text
    >${bars}${numbers}`;
}

function renderUnanalyzed(chart: TimelineChart, x: (ms: number) => number, height: number): SafeHtml | null {
  const { analyzedUntilMs, endMs } = chart;
  if (endMs - analyzedUntilMs < endMs * 0.01) return null;
  const left = x(analyzedUntilMs);
  return html`<rect
      class="beyond"
      x="${fixed(left)}"
      y="${TOP}"
      width="${fixed(x(endMs) - left)}"
      height="${height - TOP}"
    /><text class="tick" x="${fixed((left + x(endMs)) / 2)}" y="${TOP + 16}" text-anchor="middle">not analysed</text>`;
}

function renderLegend(chart: TimelineChart): SafeHtml {
  const swatch = (status: keyof typeof BAR): SafeHtml =>
    html`<svg width="26" height="12" viewBox="0 0 26 12" aria-hidden="true">
      <rect y="${BAR[status].inset - 1}" width="26" height="${14 - 2 * BAR[status].inset}" fill="${BAR[status].fill}" />
    </svg>`;
  const note = omittedPersonsNote(chart.rows.length, chart.totalRows);
  return html`<p class="legend">
      <span>${swatch('worn')} worn</span><span>${swatch('unknown')} unknown</span
      ><span>${swatch('missing')} missing</span><span><b class="markkey">1</b> number of a violation</span>
    </p>
    ${note !== undefined && html`<p class="note">${note}</p>`}`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}
