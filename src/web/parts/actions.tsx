import { useState } from 'react';
import type { AnalysisView } from '../../api/schemas.js';
import { isTerminal } from '../../api/schemas/statuses.js';
import { cancelAnalysis, deleteAnalysis, getAnalysis, retryAnalysis } from '../api/client.js';
import { messageOf } from '../hooks/use-analysis.js';
import { goTo } from '../hooks/use-route.js';
import { Problem } from './problem.js';

type Props = { readonly view: AnalysisView; readonly onChanged: (view: AnalysisView) => void };

/** What can be done with an analysis in its state. */
export function Actions({ view, onChanged }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const act = (action: () => Promise<void>) => () => {
    setBusy(true);
    setError(undefined);
    action()
      .catch((thrown: unknown) => setError(messageOf(thrown)))
      .finally(() => setBusy(false));
  };
  const cancel = act(async () => {
    await cancelAnalysis(view.id);
    onChanged(await getAnalysis(view.id));
  });
  const retry = act(async () => {
    await retryAnalysis(view.id);
    onChanged(await getAnalysis(view.id));
  });
  const remove = act(async () => {
    if (!window.confirm(`Delete “${view.name}” with its video, evidence and reports? This cannot be undone.`)) return;
    await deleteAnalysis(view.id);
    goTo('#/');
  });
  return (
    <div className="actions">
      {!isTerminal(view.status) && (
        <button type="button" disabled={busy || view.cancelRequested} onClick={cancel}>
          Cancel
        </button>
      )}
      {(view.status === 'failed' || view.status === 'cancelled') && (
        <button type="button" disabled={busy} onClick={retry}>
          Try again
        </button>
      )}
      {isTerminal(view.status) && (
        <button type="button" className="danger" disabled={busy} onClick={remove}>
          Delete
        </button>
      )}
      {error !== undefined && <Problem message={error} />}
    </div>
  );
}
