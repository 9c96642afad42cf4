import { formatTime } from './format.js';
import { named } from './html-sections.js';
import { html, type SafeHtml } from './html-template.js';
import type { Report } from './schema.js';
import { embedStills, type EmbeddedStill, type Stills } from './stills.js';
import { hasZones, noViolationWords, stillsNote, violationWords, type ViolationWords } from './words.js';

const CLOSE_UP_ASPECT = 0.8;

/** Table of all violations and the stills; with many, the stills come first, for nobody scrolls past 5 000 rows. */
export function renderViolations(report: Report, stills: Stills): SafeHtml {
  const total = report.violations.length;
  if (total === 0)
    return html`<h2>Violations</h2>
      ${html`<p class="empty">${noViolationWords(report)}</p>`}`;
  const embedded = embedStills(report, stills, CLOSE_UP_ASPECT);
  const table = renderTable(report, new Set(embedded.map(({ violation }) => violation.number)));
  const note = stillsNote(report, embedded.length);
  const figures = html`${note !== undefined && html`<p class="note">${note}</p>`}
  ${embedded.length > 0 && html`<div class="evidence">${embedded.map((still) => renderStill(report, still))}</div>`}`;
  if (total <= 40)
    return html`<h2>Violations</h2>
      ${table}${figures}`;
  return html`<h2>Violations</h2>
    ${figures}
    <h2>All violations</h2>
    ${table}`;
}

function renderTable(report: Report, shown: ReadonlySet<number>): SafeHtml {
  const zones = hasZones(report);
  return html`<table class="stack violations">
    <thead>
      <tr>
        <th class="num">No.</th>
        <th>Person</th>
        <th>Missing</th>
        ${zones && html`<th>Zone</th>`}
        <th>Start–end</th>
        <th class="num">Duration</th>
        <th class="num">Confidence</th>
        <th>Reason</th>
      </tr>
    </thead>
    <tbody>
      ${report.violations.map((row) => renderRow(violationWords(report, row), shown.has(row.number), zones))}
    </tbody>
  </table>`;
}

function renderRow(words: ViolationWords, linked: boolean, zones: boolean): SafeHtml {
  return html`<tr>
    <td class="num" data-label="No.">
      ${linked ? html`<a href="#v${words.number}">${words.number}</a>` : words.number}
    </td>
    <td class="nowrap" data-label="Person">${words.person}</td>
    <td data-label="Missing">${words.item}</td>
    ${zones && html`<td data-label="Zone">${named(words.zone)}</td>`}
    <td class="nowrap" data-label="Start–end">
      <span>${words.start}–${words.end}</span>${words.clock !== undefined && html`<small>${words.clock}</small>`}
    </td>
    <td class="num nowrap" data-label="Duration">${words.duration}</td>
    <td class="num" data-label="Confidence">${words.confidence}</td>
    <td class="reason" data-label="Reason">${words.shortReason}</td>
  </tr>`;
}

/** The whole still and beside it the person close up: the same picture twice, stored once. */
function renderStill(report: Report, still: EmbeddedStill): SafeHtml {
  const { violation, widthPx, heightPx, closeUp } = still;
  const words = violationWords(report, violation);
  const source = `data:image/jpeg;base64,${Buffer.from(still.bytes.buffer, still.bytes.byteOffset, still.bytes.byteLength).toString('base64')}`;
  const aspect = widthPx / heightPx;
  const share = (aspect / (aspect + CLOSE_UP_ASPECT)) * 100;
  const view = [closeUp.x, closeUp.y, closeUp.width, closeUp.height].map((value) => value.toFixed(1)).join(' ');
  const label = `${words.person} without ${words.item.toLowerCase()} at ${formatTime(violation.evidence?.ptsMs ?? violation.startMs)}`;
  return html`<figure id="v${words.number}">
    <div class="stills">
      <svg style="width:${share.toFixed(2)}%" viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-label="${label}">
        <image id="still${words.number}" width="${widthPx}" height="${heightPx}" href="${source}" /></svg
      ><svg style="width:${(100 - share).toFixed(2)}%" viewBox="${view}" role="img" aria-label="Close-up">
        <use href="#still${words.number}" />
      </svg>
    </div>
    <figcaption>
      <h3>${words.number}. ${words.person}: ${words.item.toLowerCase()} missing</h3>
      <p>
        ${words.start}–${words.end} (${words.duration})${words.clock !== undefined && `, ${words.clock} local time`} ·
        ${hasZones(report) && html`Zone: ${named(words.zone)} · `}Confidence ${words.confidence} · Still at
        ${formatTime(violation.evidence?.ptsMs ?? 0)}
      </p>
      <p>${words.reason}</p>
    </figcaption>
  </figure>`;
}
