import { formatCount, formatTick, formatTime } from '../../report/format.js';
import type { Report } from '../../report/schema.js';
import { buildTimelineChart, type ChartLane, type ChartRow } from '../../report/timeline-chart.js';
import { itemTitle } from '../../report/words.js';

const STATUS_WORDS = { worn: 'worn', missing: 'missing', unknown: 'unknown' } as const;

/** Persons × time. A number on a stretch leads to its violation. */
export function Timeline({ report }: { readonly report: Report }) {
  const chart = buildTimelineChart(report);
  if (chart.rows.length === 0) return null;
  const percent = (ms: number): string => `${(100 * ms) / chart.endMs}%`;
  return (
    <section className="timeline" aria-labelledby="timeline">
      <div className="section-head">
        <h2 id="timeline">Timeline</h2>
        <p className="legend">
          {(['worn', 'missing', 'unknown'] as const).map((status) => (
            <span key={status}>
              <i className={`mark ${status}`} aria-hidden="true" />
              {STATUS_WORDS[status]}
            </span>
          ))}
        </p>
      </div>
      <div className="chart">
        <div className="axis" aria-hidden="true">
          {chart.ticks.map((tick) => (
            <span key={tick} style={{ left: percent(tick) }}>
              {formatTick(tick, chart.tickStepMs, chart.endMs)}
            </span>
          ))}
        </div>
        {chart.rows.map((row) => (
          <Row key={row.trackId} row={row} percent={percent} />
        ))}
        {chart.analyzedUntilMs < chart.endMs && (
          <p className="quiet">Not analysed after {formatTime(chart.analyzedUntilMs)}.</p>
        )}
        {chart.totalRows > chart.rows.length && (
          <p className="quiet">
            Shown: the {formatCount(chart.rows.length)} of {formatCount(chart.totalRows)} persons who were without an
            item for longest.
          </p>
        )}
      </div>
    </section>
  );
}

type Percent = (ms: number) => string;

function Row({ row, percent }: { readonly row: ChartRow; readonly percent: Percent }) {
  return (
    <div className="person">
      <span className="person-name">Person {row.trackId}</span>
      {row.lanes.map((lane) => (
        <Lane key={lane.item} lane={lane} percent={percent} />
      ))}
    </div>
  );
}

function Lane({ lane, percent }: { readonly lane: ChartLane; readonly percent: Percent }) {
  return (
    <div className="lane">
      <span className="lane-name">{itemTitle(lane.item)}</span>
      <div className="lane-bar">
        {lane.spans.map((span) => (
          <i
            key={span.startMs}
            className={span.status}
            style={{ left: percent(span.startMs), width: percent(span.endMs - span.startMs) }}
            title={`${itemTitle(lane.item)} ${STATUS_WORDS[span.status]} ${formatTime(span.startMs)}–${formatTime(span.endMs)}`}
          />
        ))}
        {lane.marks.map((mark) => (
          <button
            key={mark.number}
            type="button"
            className="violation-mark"
            style={{ left: percent(mark.startMs), width: percent(mark.endMs - mark.startMs) }}
            aria-label={`Violation ${mark.number}`}
            onClick={() =>
              document
                .getElementById(`violation-${mark.number}`)
                ?.scrollIntoView({ behavior: 'smooth', block: 'center' })
            }
          >
            {mark.number}
          </button>
        ))}
      </div>
    </div>
  );
}
