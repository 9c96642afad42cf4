import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../../report/format.js';
import type { Report, ReportViolation } from '../../report/schema.js';
import { hasZones, itemTitle, noViolationWords, violationWords } from '../../report/words.js';
import { evidenceUrl } from '../api/client.js';

const PAGE = 24;

type Props = { readonly report: Report; readonly analysisId: string; readonly assessmentId: string };

export function Violations({ report, analysisId, assessmentId }: Props) {
  const [item, setItem] = useState('');
  const [shown, setShown] = useState(PAGE);
  const [open, setOpen] = useState<number>();
  const items = [...new Set(report.violations.map((violation) => violation.item))];
  const matching = report.violations.filter((violation) => item === '' || violation.item === item);
  const url = (number: number): string => evidenceUrl(analysisId, assessmentId, number);
  return (
    <section aria-labelledby="violations">
      <div className="section-head">
        <h2 id="violations">
          Violations <span className="quiet">{formatCount(report.violations.length)}</span>
        </h2>
        {items.length > 1 && (
          <div className="segmented" role="group" aria-label="Filter by item">
            {['', ...items].map((name) => (
              <button key={name} type="button" aria-pressed={item === name} onClick={() => setItem(name)}>
                {name === '' ? 'All' : itemTitle(name)}
              </button>
            ))}
          </div>
        )}
      </div>
      {report.violations.length === 0 && <p>{noViolationWords(report)}</p>}
      <ul className="cards">
        {matching.slice(0, shown).map((violation) => (
          <Card key={violation.number} report={report} violation={violation} url={url} onOpen={setOpen} />
        ))}
      </ul>
      {matching.length > shown && (
        <button type="button" className="more" onClick={() => setShown(shown + PAGE)}>
          Show more ({formatCount(matching.length - shown)})
        </button>
      )}
      {open !== undefined && (
        <StillDialog numbers={matching.map(({ number }) => number)} number={open} url={url} onMove={setOpen} />
      )}
    </section>
  );
}

type CardProps = {
  readonly report: Report;
  readonly violation: ReportViolation;
  readonly url: (number: number) => string;
  readonly onOpen: (number: number) => void;
};

function Card({ report, violation, url, onOpen }: CardProps) {
  const words = violationWords(report, violation);
  return (
    <li className="card" id={`violation-${violation.number}`}>
      {violation.evidence === null ? (
        <div className="no-still">No still could be made</div>
      ) : (
        <button type="button" className="still" onClick={() => onOpen(violation.number)}>
          <img src={url(violation.number)} alt={`${words.person}, ${words.item} missing`} loading="lazy" />
        </button>
      )}
      <div className="card-words">
        <h3>
          <span className="ordinal">{words.number}</span> {words.item} missing
        </h3>
        <p>
          {words.person} · {words.start}–{words.end} · <b>{words.duration}</b>
        </p>
        <p className="quiet">
          {[
            ...(hasZones(report) ? [words.zone] : []),
            ...(words.clock === undefined ? [] : [words.clock]),
            words.reason,
            `Confidence ${words.confidence}`,
          ].join(' · ')}
        </p>
      </div>
    </li>
  );
}

type DialogProps = {
  readonly numbers: readonly number[];
  readonly number: number;
  readonly url: (number: number) => string;
  readonly onMove: (number: number | undefined) => void;
};

/** A still in full size; arrow keys go through the violations. */
function StillDialog({ numbers, number, url, onMove }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const at = numbers.indexOf(number);
  useEffect(() => dialog.current?.showModal(), []);
  const move = (step: number): void => {
    const next = numbers[at + step];
    if (next !== undefined) onMove(next);
  };
  return (
    <dialog
      ref={dialog}
      aria-label={`Still of violation ${number}`}
      onClose={() => onMove(undefined)}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
      onKeyDown={(event) => move(event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0)}
    >
      <img src={url(number)} alt={`Still of violation ${number}`} />
      <div className="dialog-bar">
        <button type="button" disabled={at <= 0} onClick={() => move(-1)}>
          Previous
        </button>
        <span>
          Violation {number} · {at + 1} of {numbers.length}
        </span>
        <button type="button" disabled={at >= numbers.length - 1} onClick={() => move(1)}>
          Next
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
