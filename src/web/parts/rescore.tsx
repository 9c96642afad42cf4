import { useEffect, useRef, useState, type SubmitEvent } from 'react';
import type { AssessmentView, RulesRequest } from '../../api/schemas.js';
import { formatConfidence, formatCounted, formatThreshold } from '../../report/format.js';
import { itemWord, listWords } from '../../report/words.js';
import { createAssessment } from '../api/client.js';
import { messageOf } from '../hooks/use-analysis.js';
import { Problem } from './problem.js';
import { RequiredField } from './settings-fields.js';

type Rules = AssessmentView['rules'];
type Props = {
  readonly analysisId: string;
  readonly rules: Rules | undefined;
  readonly assessments: readonly AssessmentView[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
  readonly onCreated: () => void;
};

/** Judge the same detections by other rules: no video is looked at again, so it takes a moment only. */
export function Rescore({ analysisId, rules, assessments, chosen, onChoose, onCreated }: Props) {
  const awaited = useRef<string>(undefined);
  useEffect(() => {
    const done = assessments.find((item) => item.id === awaited.current && item.status === 'completed');
    if (done === undefined) return;
    awaited.current = undefined;
    onChoose(done.id);
    window.scrollTo({ top: 0, behavior: 'smooth' });
  }, [assessments, onChoose]);
  const onStarted = (id: string): void => {
    awaited.current = id;
    onCreated();
  };
  return (
    <section className="rescore" aria-labelledby="rescore">
      <h2 id="rescore">Judge by other rules</h2>
      {assessments.length > 1 && (
        <ul className="assessments">
          {assessments.map((item) => (
            <li key={item.id}>
              <label className="check">
                <input
                  type="radio"
                  name="assessment"
                  checked={item.id === chosen}
                  disabled={item.status !== 'completed'}
                  onChange={() => onChoose(item.id)}
                />
                <span>
                  {item.isDefault ? 'As submitted' : ruleWords(item.rules)}
                  <span className="quiet"> {stateWords(item)}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      )}
      {rules !== undefined && <RulesForm key={chosen} analysisId={analysisId} rules={rules} onStarted={onStarted} />}
    </section>
  );
}

function ruleWords(rules: Rules): string {
  const required = rules.required.length === 0 ? 'nothing' : listWords(rules.required.map(itemWord));
  return `${required}, from ${formatThreshold(rules.minViolationMs)}, confidence ${formatConfidence(rules.minConfidence)}`;
}

function stateWords(item: AssessmentView): string {
  if (item.status === 'failed') return item.error?.message ?? 'failed';
  return item.summary === null ? 'in progress …' : formatCounted(item.summary.violations, 'violation');
}

type FormProps = { readonly analysisId: string; readonly rules: Rules; readonly onStarted: (id: string) => void };

function RulesForm({ analysisId, rules, onStarted }: FormProps) {
  const [required, setRequired] = useState<readonly string[]>(rules.required);
  const [minSeconds, setMinSeconds] = useState(String(rules.minViolationMs / 1000));
  const [minConfidence, setMinConfidence] = useState(String(rules.minConfidence));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string>();
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    const changed: RulesRequest = {
      required: [...required],
      minViolationMs: Math.round(Number(minSeconds) * 1000),
      minConfidence: Number(minConfidence),
    };
    setBusy(true);
    setError(undefined);
    createAssessment(analysisId, changed)
      .then((created) => onStarted(created.id))
      .catch((thrown: unknown) => setError(messageOf(thrown)))
      .finally(() => setBusy(false));
  };
  return (
    <form className="fields" onSubmit={onSubmit}>
      <RequiredField value={required} disabled={busy} onChange={setRequired} />
      <label>
        Shortest violation, s
        <input
          type="number"
          min={0}
          max={3600}
          step={0.1}
          required
          value={minSeconds}
          onChange={(event) => setMinSeconds(event.target.value)}
        />
      </label>
      <label>
        Least confidence, 0–1
        <input
          type="number"
          min={0}
          max={1}
          step={0.01}
          required
          value={minConfidence}
          onChange={(event) => setMinConfidence(event.target.value)}
        />
      </label>
      <button type="submit" disabled={busy}>
        {busy ? 'Judging …' : 'Judge again'}
      </button>
      {error !== undefined && <Problem message={error} />}
    </form>
  );
}
