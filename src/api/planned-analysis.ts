import type { NewAnalysis } from '../db/analyses.js';

/** A checked request as the row that it becomes, but for its id. */
export type PlannedAnalysis = Omit<NewAnalysis, 'id'>;
