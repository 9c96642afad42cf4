import { formatDateTime } from './format.js';
import {
  renderBreakdowns,
  renderKeyFigures,
  renderMethod,
  renderSource,
  renderVerdict,
  named,
} from './html-sections.js';
import { REPORT_STYLE } from './html-style.js';
import { html, trusted } from './html-template.js';
import { renderTimeline } from './html-timeline.js';
import { renderViolations } from './html-violations.js';
import { hashReport } from './report-hash.js';
import type { Report } from './schema.js';
import type { Stills } from './stills.js';
import { documentTitle } from './words.js';

/**
 * report.html: one file that needs nothing else, not even a script. Names from outside are escaped, and the content
 * security policy inside would keep a slip from running or loading anything.
 */
export function renderHtml(report: Report, { stills }: { readonly stills: Stills }): string {
  const { analysis } = report;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="hivis ${report.generator.version}" />
        <title>${documentTitle(report)}</title>
        <style>
          ${trusted(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <header class="top">
          <p class="kind"><b>PPE compliance report</b><span>${formatDateTime(report.generatedAt)}</span></p>
          <h1>${named(analysis.name)}</h1>
          ${analysis.tag !== null && html`<p class="tag">${named(analysis.tag)}</p>`}
        </header>
        <main>
          ${renderVerdict(report)} ${renderKeyFigures(report)} ${renderSource(report)}
          <h2>Timeline</h2>
          ${renderTimeline(report)} ${renderViolations(report, stills)} ${renderBreakdowns(report)}
          ${renderMethod(report)}
        </main>
        <footer>
          <p>Analysis <code>${analysis.id}</code>, assessment <code>${analysis.assessmentId}</code></p>
          <p>SHA-256 of report.json: <code>${hashReport(report)}</code></p>
        </footer>
      </body>
    </html> `.toString();
}
