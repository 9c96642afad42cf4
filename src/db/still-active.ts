import { ACTIVE_STATUSES } from './analysis-types.js';
import type { Db } from './client.js';

/** Those of the analyses in which work still has a point, with the run that it belongs to. */
export async function listStillActive(
  db: Db,
  ids: readonly string[],
): Promise<{ readonly id: string; readonly run: number }[]> {
  return db<{ id: string; run: number }[]>`
    select analyses.id, analyses.run from analyses
    where analyses.id in ${db([...new Set(ids)])}
      and analyses.status in ${db(ACTIVE_STATUSES)} and analyses.cancel_requested_at is null`;
}
