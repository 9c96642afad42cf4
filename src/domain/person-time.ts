import { rateInterval } from './rate-interval.js';
import type { ItemName, ItemSummary, Status } from './terms.js';

/** Time by status of one item of one person, growing while a timeline is walked through. */
type Tally = { wornMs: number; missingMs: number; unknownMs: number };

const FIELDS = { worn: 'wornMs', missing: 'missingMs', unknown: 'unknownMs' } as const;

/** Collects person-time: for each item one tally a person. */
export class PersonTime {
  readonly #tallies = new Map<ItemName, Map<number, Tally>>();
  readonly #persons = new Set<number>();

  /** The person was there, whether or not anything was demanded of them. */
  addPresence(trackId: number): void {
    this.#persons.add(trackId);
  }

  add(trackId: number, item: ItemName, status: Status, durationMs: number): void {
    const ofItem = this.#tallies.get(item) ?? new Map<number, Tally>();
    this.#tallies.set(item, ofItem);
    const tally = ofItem.get(trackId) ?? { wornMs: 0, missingMs: 0, unknownMs: 0 };
    ofItem.set(trackId, tally);
    tally[FIELDS[status]] += durationMs;
  }

  get persons(): number {
    return this.#persons.size;
  }

  /** Rates are null when nobody could be judged, the unknown share when there was no person-time at all. */
  summarize(item: ItemName, violations: number): ItemSummary {
    const tallies = [...(this.#tallies.get(item)?.values() ?? [])];
    const total: Tally = { wornMs: 0, missingMs: 0, unknownMs: 0 };
    for (const tally of tallies) {
      total.wornMs += tally.wornMs;
      total.missingMs += tally.missingMs;
      total.unknownMs += tally.unknownMs;
    }
    const interval = rateInterval(tallies.map(({ wornMs, missingMs }) => ({ wornMs, judgedMs: wornMs + missingMs })));
    const allMs = total.wornMs + total.missingMs + total.unknownMs;
    return {
      rate: interval?.rate ?? null,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      unknownShare: allMs > 0 ? total.unknownMs / allMs : null,
      ...total,
      violations,
    };
  }
}
