import { describe, expect, it } from 'vitest';
import { deliveryRetryDelayMs, retryDelayMs } from '../../../src/queue/backoff.js';
import { HivisError } from '../../../src/shared/errors.js';

const failure = new Error('gone');

describe('retryDelayMs', () => {
  it('doubles from one second to one minute', () => {
    const pauses = [1, 2, 3, 6, 7, 40].map((attemptsMade) => retryDelayMs(attemptsMade, failure, 0));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  it('spreads by up to a quarter', () => {
    expect(retryDelayMs(1, failure, 1)).toBe(1_250);
    expect(retryDelayMs(2, failure, 0.5)).toBe(2_250);
  });

  it('takes the pause that the error asks for', () => {
    const asked = new HivisError('download_failed', 'HTTP 503', { retryable: true, details: { retryInMs: 7_000 } });
    expect(retryDelayMs(5, asked, 1)).toBe(7_000);
  });
});

describe('deliveryRetryDelayMs', () => {
  it('tries for about 24 hours with growing pauses', () => {
    const pauses: number[] = [];
    for (let attempt = 1; ; attempt++) {
      const pauseMs = deliveryRetryDelayMs(attempt);
      if (pauseMs === undefined) break;
      pauses.push(pauseMs);
    }
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses[0]).toBe(5_000);
    const hours = pauses.reduce((sum, pauseMs) => sum + pauseMs, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThan(25);
  });
});
