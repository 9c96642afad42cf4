import { parseArgs } from 'node:util';

export type ChaosOptions = {
  readonly rounds: number;
  readonly workers: number;
  /** Default: Redis where a redis-server can be had. */
  readonly backend: 'redis' | 'postgres' | undefined;
  /** Repeats a run: the same victims at the same moments. */
  readonly seed: number;
};

export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '100' },
      workers: { type: 'string', default: '3' },
      backend: { type: 'string' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const { backend } = values;
  if (backend !== undefined && backend !== 'redis' && backend !== 'postgres')
    throw new Error('--backend is redis or postgres');
  return { rounds: Number(values.rounds), workers: Number(values.workers), backend, seed: Number(values.seed) };
}

/** mulberry32: small, seeded, good enough to choose victims. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
