/** What a worker process counts; the keys of `COUNTER_NAMES` go to /metrics. */
export type MeterReadings = {
  readonly framesAnalyzed: number;
  /** Time spent on segments. */
  readonly busyMs: number;
  readonly inferenceMs: number;
  readonly decodeMs: number;
  /** Results that were refused because another worker had taken the segment over. */
  readonly fencedWrites: number;
  /** Segments that were begun again after a crash or an error. */
  readonly segmentRetries: number;
  readonly segmentsDone: number;
  readonly deliveriesDelivered: number;
  /** Webhooks that were given up. */
  readonly deliveriesFailed: number;
};

type Meter = keyof MeterReadings;

const ZERO: MeterReadings = {
  ...{ framesAnalyzed: 0, busyMs: 0, inferenceMs: 0, decodeMs: 0, fencedWrites: 0 },
  ...{ segmentRetries: 0, segmentsDone: 0, deliveriesDelivered: 0, deliveriesFailed: 0 },
};

const COUNTER_NAMES: readonly (readonly [Meter, string])[] = [
  ['framesAnalyzed', 'frames_analyzed'],
  ['inferenceMs', 'inference_ms'],
  ['decodeMs', 'decode_ms'],
  ['fencedWrites', 'fenced_writes'],
  ['segmentRetries', 'segment_retries'],
  ['segmentsDone', 'segments_done'],
  ['deliveriesDelivered', 'deliveries_delivered'],
  ['deliveriesFailed', 'deliveries_failed'],
];

/** Counters of one worker process since its start. */
export class Meters {
  readonly #readings: Record<Meter, number> = { ...ZERO };
  #reported: MeterReadings = ZERO;

  add(meter: Meter, amount: number): void {
    this.#readings[meter] += amount;
  }

  /** Whole numbers, as the database keeps them. */
  read(): MeterReadings {
    const entries = Object.entries(this.#readings).map(([meter, value]) => [meter, Math.round(value)]);
    return Object.fromEntries(entries) as MeterReadings;
  }

  /** Hands over what was added since the last time, by the names that /metrics uses; kept for next time when that fails. */
  async report(send: (amounts: Record<string, number>) => Promise<void>): Promise<void> {
    const now = this.read();
    await send(Object.fromEntries(COUNTER_NAMES.map(([meter, name]) => [name, now[meter] - this.#reported[meter]])));
    this.#reported = now;
  }
}
