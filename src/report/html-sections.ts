import { analysisFacts, type Fact, limitSentences, methodFacts, sourceFacts } from './facts.js';
import { type Breakdown, breakdowns, type ItemFigures, type KeyFigures, keyFigures } from './figures.js';
import { cleanText } from './format.js';
import { html, type SafeHtml } from './html-template.js';
import type { Report } from './schema.js';
import { VERDICT_ICONS } from './verdict-icons.js';
import { detectionFloorSentence, incompleteReason, itemWord, listWords, verdictWords } from './words.js';

/** Names from outside: cleaned, and isolated so that right-to-left text stays in its place. */
export function named(text: string): SafeHtml {
  return html`<bdi>${cleanText(text)}</bdi>`;
}

export function renderVerdict(report: Report): SafeHtml {
  const { tone, headline, sentence } = verdictWords(report);
  const reason = incompleteReason(report);
  return html`<section class="verdict ${tone}" aria-label="Verdict">
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <circle cx="24" cy="24" r="23" fill="currentColor" />
        <path
          d="${VERDICT_ICONS[tone]}"
          fill="none"
          stroke="#fff"
          stroke-width="5"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </svg>
      <div>
        <h2>${headline}</h2>
        <p>${sentence}</p>
      </div>
    </section>
    ${reason !== undefined && html`<p class="notice"><strong>This report is incomplete.</strong> ${named(reason)} Every figure holds for the analysed part only.</p>`}`;
}

export function renderKeyFigures(report: Report): SafeHtml {
  return html`<section class="cards" aria-label="Key figures">${keyFigures(report).map(renderCard)}</section>`;
}

function renderCard(figures: KeyFigures): SafeHtml {
  return html`<article class="card">
    <h3>${figures.title}</h3>
    <p class="rate">
      <strong>${figures.rate}</strong
      ><span>${figures.rateNotes.map((line, i) => html`${i > 0 && html`<br />`}${line}`)}</span>
    </p>
    ${renderShares(figures)}
    <dl class="key">
      ${(['worn', 'unknown', 'missing'] as const).map(
        (status) =>
          html`<div>
            <dt><i class="${status}"></i>${status}</dt>
            <dd>${figures[status]}</dd>
          </div>`,
      )}
    </dl>
    <dl>
      <div>
        <dt>Violations</dt>
        <dd>${figures.violations}</dd>
      </div>
      <div>
        <dt>Unknown share</dt>
        <dd>${figures.unknownShare}</dd>
      </div>
      <div>
        <dt>Persons judged</dt>
        <dd>${figures.judged}</dd>
      </div>
    </dl>
  </article>`;
}

/** Worn, unknown and missing as parts of one bar; the figures beside it say the same. */
function renderShares({ shares }: ItemFigures): SafeHtml {
  const part = (name: keyof typeof shares): SafeHtml =>
    html`<i class="${name}" style="width:${(shares[name] * 100).toFixed(2)}%"></i>`;
  return html`<div class="bar" aria-hidden="true">${part('worn')}${part('unknown')}${part('missing')}</div>`;
}

export function renderFacts(facts: readonly Fact[]): SafeHtml {
  return html`<dl class="facts">
    ${facts.map(
      ({ label, value, code }) =>
        html`<dt>${label}</dt>
          <dd>${code ? html`<code>${value}</code>` : named(value)}</dd>`,
    )}
  </dl>`;
}

export function renderSource(report: Report): SafeHtml {
  return html`<h2>Source and completeness</h2>
    <div class="pair">${renderFacts(sourceFacts(report))}${renderFacts(analysisFacts(report))}</div>
    <p class="note">${detectionFloorSentence(report)}</p>`;
}

export function renderBreakdowns(report: Report): SafeHtml {
  return html`${breakdowns(report).map(
    (breakdown) =>
      html`<h2>${breakdown.title}</h2>
        ${breakdown.keyLabel === 'Zone' && renderZoneMap(report)}${renderBreakdown(breakdown)}
        <p class="note">${breakdown.note}</p>`,
  )}`;
}

function renderBreakdown({ keyLabel, rows }: Breakdown): SafeHtml {
  return html`<table class="stack">
    <thead>
      <tr>
        <th>${keyLabel}</th>
        <th>Item</th>
        <th class="num">Persons</th>
        <th class="num">Worn</th>
        <th class="num">95&nbsp;% interval</th>
        <td class="shares"></td>
        <th class="num">Unknown</th>
        <th class="num">Violations</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ key, persons, figures }) =>
          html`<tr>
            <td data-label="${keyLabel}">${named(key)}</td>
            <td data-label="Item">${figures.title}</td>
            <td class="num" data-label="Persons">${persons}</td>
            <td class="num" data-label="Worn">${figures.rate}</td>
            <td class="num nowrap" data-label="95 % interval">${figures.interval}</td>
            <td class="shares">${renderShares(figures)}</td>
            <td class="num" data-label="Unknown">${figures.unknownShare}</td>
            <td class="num" data-label="Violations">${figures.violations}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Where the zones lie on the picture. */
function renderZoneMap(report: Report): SafeHtml {
  const { widthPx, heightPx } = report.source;
  const width = 480;
  const height = Math.round((width * heightPx) / widthPx);
  const shapes = report.analysis.settings.rules.zones.map(({ name, polygon, required }) => {
    const points = polygon.map(([x, y]) => `${(x * width).toFixed(1)},${(y * height).toFixed(1)}`).join(' ');
    const [left, top] = [
      Math.min(...polygon.map(([x]) => x)),
      polygon.reduce((sum, [, y]) => sum + y, 0) / polygon.length,
    ];
    const label = cleanText(name);
    return html`<polygon points="${points}" fill="#c6dd00" fill-opacity=".28" stroke="#5d6b00" stroke-width="1.5"
        ><title>${label}: ${listWords(required.map(itemWord))}</title></polygon
      ><text x="${(left * width + 8).toFixed(1)}" y="${(top * height).toFixed(1)}">${label}</text>`;
  });
  return html`<svg
    class="zonemap"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="Outline of the zones on the picture"
  >
    ${shapes}
  </svg>`;
}

export function renderMethod(report: Report): SafeHtml {
  return html`<h2>Method</h2>
    ${renderFacts(methodFacts(report))}
    <h2>Limits</h2>
    <ul class="limits">
      ${limitSentences(report).map((sentence) => html`<li>${named(sentence)}</li>`)}
    </ul>`;
}
