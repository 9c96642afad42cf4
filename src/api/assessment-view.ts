import type { AssessmentRow } from '../db/assessments.js';
import { reportLinks, toErrorView, toRulesView } from './analysis-view.js';
import type { AssessmentView } from './schemas.js';

export function toAssessmentView(row: AssessmentRow): AssessmentView {
  const analysis = `/v1/analyses/${row.analysisId}`;
  const query = `?assessment=${row.id}`;
  return {
    id: row.id,
    analysisId: row.analysisId,
    isDefault: row.isDefault,
    rules: toRulesView(row.rules),
    status: row.status,
    summary: row.summary?.summary ?? null,
    error: toErrorView(row.error),
    createdAt: row.createdAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    links: {
      self: `${analysis}/assessments/${row.id}`,
      violations: `${analysis}/violations${query}`,
      ...reportLinks(row.status === 'completed' ? analysis : null, query),
    },
  };
}
