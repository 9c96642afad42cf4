import { useDeferredValue, useState } from 'react';
import { useAnalyses } from '../hooks/use-analyses.js';
import { analysisHref, goTo } from '../hooks/use-route.js';
import { AnalysisRow } from '../parts/analysis-row.js';
import { Problem } from '../parts/problem.js';
import { SubmitForm } from '../parts/submit-form.js';

const FILTERS = [
  { label: 'All', status: '' },
  { label: 'In progress', status: 'queued,downloading,probing,analyzing,reporting' },
  { label: 'Done', status: 'completed,completed_partial' },
  { label: 'Failed', status: 'failed,cancelled' },
] as const;

export function AnalysesPage() {
  const [status, setStatus] = useState('');
  const [search, setSearch] = useState('');
  const list = useAnalyses({ status, search: useDeferredValue(search) });
  return (
    <>
      <SubmitForm onCreated={(view) => goTo(analysisHref(view.id))} />
      <section aria-labelledby="analyses">
        <div className="list-head">
          <h2 id="analyses">Analyses</h2>
          <div className="segmented" role="group" aria-label="Filter">
            {FILTERS.map((filter) => (
              <button
                key={filter.label}
                type="button"
                aria-pressed={status === filter.status}
                onClick={() => setStatus(filter.status)}
              >
                {filter.label}
              </button>
            ))}
          </div>
          <input
            type="search"
            value={search}
            placeholder="Search by name"
            aria-label="Search by name"
            onChange={(event) => setSearch(event.target.value)}
          />
        </div>
        {list.error !== undefined && <Problem message={list.error} />}
        {list.items === undefined && list.error === undefined && <p className="quiet">Loading …</p>}
        {list.items?.length === 0 && <Nothing filtered={status !== '' || search !== ''} />}
        {list.items !== undefined && list.items.length > 0 && (
          <ul className="rows">
            {list.items.map((view) => (
              <AnalysisRow key={view.id} view={view} />
            ))}
          </ul>
        )}
        {list.hasMore && (
          <button type="button" className="more" onClick={list.loadMore}>
            Show more
          </button>
        )}
      </section>
    </>
  );
}

function Nothing({ filtered }: { readonly filtered: boolean }) {
  return (
    <p className="quiet empty">
      {filtered ? 'Nothing matches.' : 'No analyses yet. Give a video above to make the first one.'}
    </p>
  );
}
