import type { ComplianceSummary } from '../domain/terms.js';
import type { Report } from './schema.js';

export type Verdict = Report['summary']['verdict'];

/**
 * What the report says in one word. A video that was cut off can show violations, but it can never show that there were
 * none; the same holds for an item that was required of somebody and could be judged on nobody.
 */
export function decideVerdict(summary: ComplianceSummary, violations: number, complete: boolean): Verdict {
  if (violations > 0) return 'non_compliant';
  const asked = Object.values(summary.items).filter((item) => item.wornMs + item.missingMs + item.unknownMs > 0);
  const allJudged = asked.length > 0 && asked.every((item) => item.rate !== null);
  return complete && allJudged ? 'compliant' : 'indeterminate';
}
