import type { PersonTimeline } from './person-timeline.js';
import type { Cell } from './sample-cells.js';
import type { ItemState } from './status-smoothing.js';
import type { ItemDurations, ItemName, Observation, ReasonCode, TrackSummary } from './terms.js';

/** Runs of equal status, by item in the order of the rules and then in time; together they tile the track. */
export function buildObservations(timeline: PersonTimeline): readonly Observation[] {
  return [...timeline.items].flatMap(([item, states]) => observeItem(timeline, item, states));
}

function observeItem({ trackId, cells }: PersonTimeline, item: ItemName, states: readonly ItemState[]): Observation[] {
  const runs: Observation[] = [];
  let first = 0;
  for (let position = 1; position <= cells.length; position += 1) {
    const status = states[first]?.status;
    if (status === undefined || status === states[position]?.status) continue;
    const startMs = cells[first]?.startMs ?? 0;
    const endMs = cells[position - 1]?.endMs ?? 0;
    runs.push({ trackId, item, status, reason: longestReason(cells, states, first, position), startMs, endMs });
    first = position;
  }
  return runs;
}

/** The reason that held for most of a run (`from` to before `to`); the first one where two held equally long. */
function longestReason(cells: readonly Cell[], states: readonly ItemState[], from: number, to: number): ReasonCode {
  const durations = new Map<ReasonCode, number>();
  for (let position = from; position < to; position += 1) {
    const [cell, state] = [cells[position], states[position]];
    if (cell === undefined || state === undefined) continue;
    durations.set(state.reason, (durations.get(state.reason) ?? 0) + cell.endMs - cell.startMs);
  }
  let best: readonly [ReasonCode, number] = ['not_observed', -1];
  for (const entry of durations) if (entry[1] > best[1]) best = entry;
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
