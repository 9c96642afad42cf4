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
  readonly segmentsDone: number;
};

export class Meters {
  #readings: { -readonly [K in keyof MeterReadings]: number } = {
    framesAnalyzed: 0,
    busyMs: 0,
    inferenceMs: 0,
    decodeMs: 0,
    fencedWrites: 0,
    segmentRetries: 0,
    segmentsDone: 0,
  };
  #taken: MeterReadings | undefined;

  add(meter: keyof MeterReadings, amount: number): void {
    this.#readings[meter] += amount;
  }

  /** What was added since the last call, by the names that /metrics uses. */
  takeCounters(): Record<string, number> {
    const now = this.read();
    const taken = this.#taken;
    this.#taken = now;
    const since = (meter: keyof MeterReadings): number => now[meter] - (taken?.[meter] ?? 0);
    return {
      frames_analyzed: since('framesAnalyzed'),
      inference_ms: since('inferenceMs'),
      decode_ms: since('decodeMs'),
      fenced_writes: since('fencedWrites'),
      segment_retries: since('segmentRetries'),
      segments_done: since('segmentsDone'),
    };
  }

  /** Whole numbers, as the database keeps them. */
  read(): MeterReadings {
    const entries = Object.entries(this.#readings).map(([meter, value]) => [meter, Math.round(value)]);
    return Object.fromEntries(entries) as MeterReadings;
  }
}
