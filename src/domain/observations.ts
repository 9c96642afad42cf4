import type { PersonTimeline } from './person-timeline.js';
import type { ItemState } from './status-smoothing.js';
import type { ItemDurations, ItemName, Observation, ReasonCode, TrackSummary } from './terms.js';

/** Runs of equal status, by item in the order of the rules and then in time; together they tile the track. */
export function buildObservations(timeline: PersonTimeline): readonly Observation[] {
  return [...timeline.items].flatMap(([item, states]) => observeItem(timeline, item, states));
}

function observeItem({ trackId, cells }: PersonTimeline, item: ItemName, states: readonly ItemState[]): Observation[] {
  const runs: Observation[] = [];
  let reasons = new Map<ReasonCode, number>();
  for (const [position, { startMs, endMs }] of cells.entries()) {
    const state = states[position];
    if (state === undefined) continue;
    const open = runs.at(-1);
    const continues = open?.status === state.status;
    if (!continues) reasons = new Map();
    reasons.set(state.reason, (reasons.get(state.reason) ?? 0) + endMs - startMs);
    const run = { trackId, item, status: state.status, reason: longest(reasons), startMs, endMs };
    if (continues) runs.splice(-1, 1, { ...run, startMs: open.startMs });
    else runs.push(run);
  }
  return runs;
}

/** The reason that held for most of the run; the one that came first where two held equally long. */
function longest(reasons: ReadonlyMap<ReasonCode, number>): ReasonCode {
  let best: readonly [ReasonCode, number] = ['not_observed', -1];
  for (const entry of reasons) if (entry[1] > best[1]) best = entry;
  return best[0];
}

/** When a person was there and how long each item was in which status, whether or not a zone asked for it. */
export function summarizeTrack(timeline: PersonTimeline, observations: readonly Observation[]): TrackSummary {
  const items: Record<ItemName, ItemDurations> = {};
  for (const item of timeline.items.keys()) {
    const totalMs = (status: Observation['status']): number =>
      observations
        .filter((run) => run.item === item && run.status === status)
        .reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
    items[item] = { wornMs: totalMs('worn'), missingMs: totalMs('missing'), unknownMs: totalMs('unknown') };
  }
  return {
    trackId: timeline.trackId,
    firstMs: timeline.cells[0]?.startMs ?? 0,
    lastMs: timeline.cells.at(-1)?.endMs ?? 0,
    items,
  };
}
