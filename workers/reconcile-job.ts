import { addCounters } from '../src/db/counters.js';
import { setMeta } from '../src/db/meta.js';
import { withReconcilerLock } from '../src/db/reconcile.js';
import type { JobOutcome, QueueHandler } from '../src/queue/consumer.js';
import type { JobDeps } from './deps.js';
import { repairQueue } from './reconcile-queue.js';
import {
  applyRetention,
  forgetDeadWorkers,
  removeUnusedUploads,
  repairDeliveries,
  repairQuotes,
} from './reconcile-rest.js';

/** What one round did; zeros are the normal case. */
type Round = Record<
  'requeued' | 'expired' | 'deliveries' | 'quotes' | 'deleted' | 'uploads' | 'deadWorkers' | 'problems',
  number
>;

/** Reconciler: makes the queue agree with the database, and lets go what is old. One process at a time. */
export function createReconcileHandler(deps: JobDeps): QueueHandler<'maintenance'> {
  return {
    concurrency: 1,
    maxCrashes: 1_000,
    handle: async () => {
      let round: Round | undefined;
      const isOurs = await withReconcilerLock(deps.sql, async () => {
        round = await reconcile(deps);
      });
      return isOurs && round !== undefined ? summarize(round) : { outcome: 'another process is at it' };
    },
  };
}

async function reconcile(deps: JobDeps): Promise<Round> {
  const round: Round = {
    ...{ requeued: 0, expired: 0, deliveries: 0, quotes: 0, deleted: 0, uploads: 0, deadWorkers: 0, problems: 0 },
  };
  // One part that fails must not keep the others from their work.
  const attempt = async (part: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      round.problems += 1;
      deps.log.warn({ err: error, part }, 'a part of the reconciler failed');
    }
  };
  await attempt('queue', async () => void Object.assign(round, await repairQueue(deps)));
  await attempt('deliveries', async () => void (round.deliveries = await repairDeliveries(deps)));
  await attempt('quotes', async () => void (round.quotes = await repairQuotes(deps)));
  await attempt('retention', async () => void (round.deleted = await applyRetention(deps)));
  await attempt('uploads', async () => void (round.uploads = await removeUnusedUploads(deps)));
  await attempt('workers', async () => void (round.deadWorkers = await forgetDeadWorkers(deps)));
  const actions = Object.entries(round).map(([action, count]) => [`reconciler_${toSnakeCase(action)}`, count]);
  await addCounters(deps.sql, Object.fromEntries(actions) as Record<string, number>);
  await setMeta(deps.sql, 'reconciler_last_run', JSON.stringify({ at: new Date().toISOString(), ...round }));
  return round;
}

function summarize(round: Round): JobOutcome {
  const done = Object.entries(round).filter(([, count]) => count > 0);
  return { outcome: done.length === 0 ? 'in order' : 'repaired', ...Object.fromEntries(done) };
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
