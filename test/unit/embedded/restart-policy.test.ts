import { expect, test } from 'vitest';
import { decideRestart, NO_CRASHES, type RestartPolicy } from '../../../src/embedded/restart-policy.js';

const POLICY: RestartPolicy = { stableAfterMs: 10_000, firstDelayMs: 500, maxDelayMs: 3_000, maxFailedStarts: 5 };

function delays(lives: readonly { livedMs: number; wasReady: boolean }[]): (number | null)[] {
  let history = NO_CRASHES;
  return lives.map((life) => {
    const decision = decideRestart(POLICY, history, life);
    history = decision.history;
    return decision.delayMs;
  });
}

const FAILED_START = { livedMs: 100, wasReady: false };
const CRASH = { livedMs: 100, wasReady: true };

test('a child that cannot start is tried with doubling delays, then given up', () => {
  expect(delays(Array.from({ length: 5 }, () => FAILED_START))).toEqual([500, 1_000, 2_000, 3_000, null]);
});

test('a child that was ready is started again for ever, at the longest delay', () => {
  expect(delays(Array.from({ length: 100 }, () => CRASH)).slice(-2)).toEqual([3_000, 3_000]);
});

test('having been ready once in between, the count of failed starts begins anew', () => {
  const lives = [
    ...Array.from({ length: 4 }, () => FAILED_START),
    CRASH,
    ...Array.from({ length: 5 }, () => FAILED_START),
  ];
  expect(delays(lives).indexOf(null)).toBe(9);
});

test('after a stable life delays begin small again', () => {
  expect(delays([CRASH, CRASH, { livedMs: 10_000, wasReady: true }])).toEqual([500, 1_000, 500]);
});
