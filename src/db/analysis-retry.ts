import { HivisError } from '../shared/errors.js';
import { notFound } from './analysis-errors.js';
import type { AnalysisRow } from './analysis-types.js';
import { inTransaction, type Db } from './client.js';

/**
 * failed | cancelled → queued, in a new run. Finished segments keep what they found; the others start over with fresh
 * attempts and a new epoch, so that nobody of the old run can write. Throws `invalid_state` in other states.
 */
export async function retryAnalysis(db: Db, id: string): Promise<AnalysisRow> {
  return inTransaction(db, async (tx) => {
    const [before] = await tx<AnalysisRow[]>`select * from analyses where analyses.id = ${id} for no key update`;
    if (before === undefined) throw notFound(id);
    if (before.status !== 'failed' && before.status !== 'cancelled')
      throw new HivisError(
        'invalid_state',
        `Analysis ${id} is ${before.status}: only a failed or cancelled one can be retried.`,
        { details: { status: before.status } },
      );
    await tx`
      update segments set
        run = ${before.run + 1},
        epoch = segments.epoch + 1,
        status = case when segments.status = 'done' then 'done' else 'pending' end,
        attempts = case when segments.status = 'done' then segments.attempts else 0 end,
        worker_id = null, error = null
      where segments.analysis_id = ${id}`;
    await tx`
      update assessments set status = 'pending', epoch = assessments.epoch + 1, attempts = 0, error = null
      where assessments.analysis_id = ${id} and assessments.is_default and assessments.status <> 'completed'`;
    const [row = before] = await tx<AnalysisRow[]>`
      with moved as (
        update analyses set
          run = ${before.run + 1}, status = 'queued', error = null, cancel_requested_at = null,
          started_at = null, finished_at = null, updated_at = now()
        where analyses.id = ${id}
        returning *
      ), audit as (
        insert into events (analysis_id, kind, detail)
        select moved.id, 'retried', jsonb_build_object('run', moved.run) from moved
      )
      select * from moved`;
    return row;
  });
}
