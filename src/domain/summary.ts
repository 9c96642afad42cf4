import { hourLabel, localTimeOfDayMs, splitByHour } from './hour-of-day.js';
import type { PersonTimeline } from './person-timeline.js';
import { PersonTime } from './person-time.js';
import { requiredItems } from './rules.js';
import type { Cell } from './sample-cells.js';
import type {
  ComplianceSummary,
  ItemName,
  ItemSummary,
  Rules,
  SampledVideo,
  Status,
  Violation,
  Zone,
} from './terms.js';

/**
 * Compliance over person-time: at every moment each person counts for the items that are demanded where they stand,
 * and for no others. `persons` is the number of tracks; somebody who leaves and comes back later counts again.
 */
export function summarize(
  timelines: readonly PersonTimeline[],
  violations: readonly Violation[],
  rules: Rules,
  video: SampledVideo,
): ComplianceSummary {
  const whole = new PersonTime();
  for (const timeline of timelines) {
    whole.addPresence(timeline.trackId);
    forEachDemand(timeline, (item, status, { startMs, endMs }) => {
      whole.add(timeline.trackId, item, status, endMs - startMs);
    });
  }
  return {
    persons: timelines.length,
    items: summarizeItems(whole, requiredItems(rules), violations),
    byZone: rules.zones.map((zone, position) => summarizeZone(timelines, violations, zone, position)),
    byHour: summarizeHours(timelines, violations, rules, video),
  };
}

type Visit = (item: ItemName, status: Status, cell: Cell, position: number) => void;

function forEachDemand({ cells, items, demands }: PersonTimeline, visit: Visit): void {
  for (const [item, states] of items) {
    const asked = demands.get(item) ?? [];
    for (const [position, cell] of cells.entries()) {
      const state = states[position];
      if (state !== undefined && asked[position] !== undefined) visit(item, state.status, cell, position);
    }
  }
}

function summarizeZone(
  timelines: readonly PersonTimeline[],
  violations: readonly Violation[],
  zone: Zone,
  position: number,
): ComplianceSummary['byZone'][number] {
  const time = new PersonTime();
  for (const { trackId, cells, items, visits } of timelines) {
    const isInside = visits[position] ?? [];
    if (isInside.includes(true)) time.addPresence(trackId);
    for (const item of zone.required) {
      const states = items.get(item) ?? [];
      for (const [at, cell] of cells.entries()) {
        const state = states[at];
        if (isInside[at] === true && state !== undefined) {
          time.add(trackId, item, state.status, cell.endMs - cell.startMs);
        }
      }
    }
  }
  const own = violations.filter((violation) => violation.zone === zone.name);
  return { zone: zone.name, persons: time.persons, items: summarizeItems(time, zone.required, own) };
}

function summarizeHours(
  timelines: readonly PersonTimeline[],
  violations: readonly Violation[],
  rules: Rules,
  { recordedAt }: SampledVideo,
): ComplianceSummary['byHour'] {
  const startOfDayMs = localTimeOfDayMs(recordedAt);
  if (startOfDayMs === undefined) return [];
  const hours = new Map<string, PersonTime>();
  const timeOf = (hour: string): PersonTime => {
    const time = hours.get(hour) ?? new PersonTime();
    hours.set(hour, time);
    return time;
  };
  for (const timeline of timelines) {
    const slices = timeline.cells.map(({ startMs, endMs }) => splitByHour(startOfDayMs, startMs, endMs));
    for (const cell of slices) {
      for (const { hour } of cell) timeOf(hour).addPresence(timeline.trackId);
    }
    forEachDemand(timeline, (item, status, _, position) => {
      for (const { hour, durationMs } of slices[position] ?? []) {
        timeOf(hour).add(timeline.trackId, item, status, durationMs);
      }
    });
  }
  return [...hours]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([hour, time]) => {
      const own = violations.filter(({ startMs }) => hourLabel(startOfDayMs, startMs) === hour);
      return { hour, persons: time.persons, items: summarizeItems(time, requiredItems(rules), own) };
    });
}

function summarizeItems(
  time: PersonTime,
  items: readonly ItemName[],
  violations: readonly Violation[],
): Readonly<Record<ItemName, ItemSummary>> {
  return Object.fromEntries(
    items.map((item) => {
      const count = violations.filter((violation) => violation.item === item).length;
      return [item, time.summarize(item, count)];
    }),
  );
}
