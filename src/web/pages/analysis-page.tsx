import { useState } from 'react';
import type { AnalysisView } from '../../api/schemas.js';
import { isTerminal } from '../../api/schemas/statuses.js';
import { useAnalysis, useAssessments, useReport } from '../hooks/use-analysis.js';
import { Actions } from '../parts/actions.js';
import { formatInstant } from '../parts/clock.js';
import { Problem } from '../parts/problem.js';
import { ReportView } from '../parts/report-view.js';
import { Rescore } from '../parts/rescore.js';
import { StatusChip } from '../parts/status-chip.js';
import { Steps } from '../parts/steps.js';

export function AnalysisPage({ id }: { readonly id: string }) {
  const { state, setView } = useAnalysis(id);
  if (state.kind === 'loading') return <p className="quiet">Loading …</p>;
  if (state.kind === 'gone')
    return (
      <>
        <Problem message={state.message} />
        <p>
          <a href="#/">All analyses</a>
        </p>
      </>
    );
  return <Analysis view={state.view} onChanged={setView} />;
}

type Props = { readonly view: AnalysisView; readonly onChanged: (view: AnalysisView) => void };

function Analysis({ view, onChanged }: Props) {
  return (
    <>
      <p className="crumb">
        <a href="#/">Analyses</a>
      </p>
      <div className="title">
        <div>
          <h1>{view.name}</h1>
          <p className="quiet">
            {[
              ...(view.tag === null ? [] : [view.tag]),
              view.source.url ?? view.source.fileName ?? '',
              formatInstant(view.createdAt),
            ]
              .filter((part) => part !== '')
              .join(' · ')}
          </p>
        </div>
        <StatusChip view={view} />
        <Actions view={view} onChanged={onChanged} />
      </div>
      {!isTerminal(view.status) && <Steps view={view} />}
      {view.error !== null && (
        <Problem title={view.status === 'cancelled' ? '' : 'It failed.'} message={view.error.message} />
      )}
      {view.summary !== null && view.assessmentId !== null && <Assessed view={view} defaultId={view.assessmentId} />}
    </>
  );
}

/** The report of the chosen assessment: the default one, or one made later under other rules. */
function Assessed({ view, defaultId }: { readonly view: AnalysisView; readonly defaultId: string }) {
  const [chosen, setChosen] = useState(defaultId);
  const assessments = useAssessments(view.id, isTerminal(view.status));
  const { value: report, error } = useReport(view.id, chosen);
  return (
    <>
      {error !== undefined && <Problem message={error} />}
      {report === undefined && error === undefined && <p className="quiet">Loading the report …</p>}
      {report !== undefined && <ReportView report={report} analysisId={view.id} assessmentId={chosen} />}
      <Rescore
        analysisId={view.id}
        rules={report?.analysis.settings.rules}
        assessments={assessments.items}
        chosen={chosen}
        onChoose={setChosen}
        onCreated={assessments.refresh}
      />
    </>
  );
}
