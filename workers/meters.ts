/** Counters of one worker process since its start; its heartbeat row carries them to the API's /metrics. */
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
};

export class Meters {
  #readings: { -readonly [K in keyof MeterReadings]: number } = {
    framesAnalyzed: 0,
    busyMs: 0,
    inferenceMs: 0,
    decodeMs: 0,
    fencedWrites: 0,
    segmentRetries: 0,
  };

  add(meter: keyof MeterReadings, amount: number): void {
    this.#readings[meter] += amount;
  }

  /** Whole numbers, as the database keeps them. */
  read(): MeterReadings {
    const entries = Object.entries(this.#readings).map(([meter, value]) => [meter, Math.round(value)]);
    return Object.fromEntries(entries) as MeterReadings;
  }
}
