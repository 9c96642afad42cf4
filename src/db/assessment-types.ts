import type { Rules } from '../domain/terms.js';
import type { Report } from '../report/schema.js';
import type { StoredError } from './analysis-types.js';

export type AssessmentStatus = 'pending' | 'running' | 'completed' | 'failed';

/** What lists and screens show of a report without reading all of it. */
export type AssessmentSummary = {
  readonly summary: Report['summary'];
  readonly completeness: Report['completeness'];
  readonly detectionFloorMs: number;
};

/** A row of `assessments` without the report itself (see `getReport`). */
export type AssessmentRow = {
  readonly id: string;
  readonly analysisId: string;
  readonly isDefault: boolean;
  readonly rules: Rules;
  readonly status: AssessmentStatus;
  readonly epoch: number;
  readonly attempts: number;
  readonly summary: AssessmentSummary | null;
  readonly error: StoredError | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
};

export type AssessmentClaim =
  | { readonly kind: 'claimed'; readonly assessment: AssessmentRow; readonly epoch: number; readonly attempt: number }
  | { readonly kind: 'done' }
  /** Another worker is at it and alive: come back later. */
  | { readonly kind: 'held' }
  | { readonly kind: 'inactive' }
  | { readonly kind: 'exhausted'; readonly attempts: number; readonly error: StoredError | null };
