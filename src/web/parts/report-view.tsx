import { breakdowns, keyFigures } from '../../report/figures.js';
import { analysisFacts, limitSentences, methodFacts, sourceFacts, type Fact } from '../../report/facts.js';
import type { Report } from '../../report/schema.js';
import { VERDICT_ICONS } from '../../report/verdict-icons.js';
import { incompleteNotice, incompleteReason, verdictWords } from '../../report/words.js';
import { reportUrl } from '../api/client.js';
import { Timeline } from './timeline.js';
import { Violations } from './violations.js';

type Props = { readonly report: Report; readonly analysisId: string; readonly assessmentId: string };

/** The report as a page: the same figures and words as the PDF, from the same functions. */
export function ReportView({ report, analysisId, assessmentId }: Props) {
  return (
    <article className="report">
      <Verdict report={report} />
      <Downloads analysisId={analysisId} assessmentId={assessmentId} />
      <KeyFigures report={report} />
      <Timeline report={report} />
      <Violations report={report} analysisId={analysisId} assessmentId={assessmentId} />
      <Breakdowns report={report} />
      <details className="facts">
        <summary>Source, method and limits</summary>
        <FactList title="Source" facts={sourceFacts(report)} />
        <FactList title="Analysis" facts={analysisFacts(report)} />
        <FactList title="Method" facts={methodFacts(report)} />
        <h3>Limits</h3>
        <ul className="limits">
          {limitSentences(report).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </details>
    </article>
  );
}

function Verdict({ report }: { readonly report: Report }) {
  const { tone, headline, sentence } = verdictWords(report);
  const notice = incompleteNotice(report);
  return (
    <>
      <div className={`verdict ${tone}`}>
        <svg viewBox="0 0 48 48" aria-hidden="true">
          <circle cx="24" cy="24" r="23" fill="currentColor" />
          <path
            d={VERDICT_ICONS[tone]}
            fill="none"
            stroke="var(--surface)"
            strokeWidth="4.5"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
        <div>
          <h2>{headline}</h2>
          <p>{sentence}</p>
        </div>
      </div>
      {notice !== undefined && (
        <p className="notice">
          <strong>{notice}.</strong> Reason: {incompleteReason(report)}.
        </p>
      )}
    </>
  );
}

function Downloads({ analysisId, assessmentId }: { readonly analysisId: string; readonly assessmentId: string }) {
  return (
    <p className="downloads">
      <a className="button primary" href={reportUrl(analysisId, assessmentId, 'pdf')}>
        Download PDF
      </a>
      <a className="button" href={reportUrl(analysisId, assessmentId, 'html')} target="_blank" rel="noreferrer">
        Open HTML
      </a>
      <a className="button" href={reportUrl(analysisId, assessmentId, 'csv')}>
        CSV
      </a>
      <a className="button" href={reportUrl(analysisId, assessmentId, 'json')}>
        JSON
      </a>
    </p>
  );
}

function KeyFigures({ report }: { readonly report: Report }) {
  return (
    <ul className="figures">
      {keyFigures(report).map((figures) => (
        <li key={figures.item}>
          <h3>{figures.title}</h3>
          <p className="rate">{figures.rate}</p>
          {figures.rateNotes.map((note) => (
            <p key={note} className="quiet">
              {note}
            </p>
          ))}
          <div className="shares" aria-hidden="true">
            {(['worn', 'missing', 'unknown'] as const).map((status) => (
              <i key={status} className={status} style={{ flexGrow: figures.shares[status] }} />
            ))}
          </div>
          <dl>
            <Pair label="Violations" value={figures.violations} />
            <Pair label="Worn" value={figures.worn} mark="worn" />
            <Pair label="Missing" value={figures.missing} mark="missing" />
            <Pair label="Unknown" value={`${figures.unknown} (${figures.unknownShare})`} mark="unknown" />
            <Pair label="Judged on" value={figures.judged} />
          </dl>
        </li>
      ))}
    </ul>
  );
}

function Pair({ label, value, mark }: { readonly label: string; readonly value: string; readonly mark?: string }) {
  return (
    <div>
      <dt>
        {mark !== undefined && <i className={`mark ${mark}`} aria-hidden="true" />}
        {label}
      </dt>
      <dd>{value}</dd>
    </div>
  );
}

function Breakdowns({ report }: { readonly report: Report }) {
  return breakdowns(report).map((table) => (
    <section key={table.title}>
      <h2>{table.title}</h2>
      <p className="quiet">{table.note}</p>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th>{table.keyLabel}</th>
              <th>Item</th>
              <th className="number">Persons</th>
              <th className="number">Worn</th>
              <th className="number">Unknown</th>
              <th className="number">Violations</th>
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row) => (
              <tr key={`${row.key} ${row.figures.item}`}>
                <td>{row.key}</td>
                <td>{row.figures.title}</td>
                <td className="number">{row.persons}</td>
                <td className="number">{row.figures.rate}</td>
                <td className="number">{row.figures.unknownShare}</td>
                <td className="number">{row.figures.violations}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  ));
}

function FactList({ title, facts }: { readonly title: string; readonly facts: readonly Fact[] }) {
  return (
    <>
      <h3>{title}</h3>
      <dl className="fact-list">
        {facts.map(({ label, value, code }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className={code === true ? 'code' : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
