import { describe, expect, it } from 'vitest';
import { PersonTime } from '../../../src/domain/person-time.js';
import { wilson } from '../../../src/domain/rate-interval.js';

describe('PersonTime', () => {
  it('adds time up by person and status', () => {
    const time = new PersonTime();
    for (const trackId of [1, 2]) time.addPresence(trackId);
    time.add(1, 'helmet', 'worn', 3000);
    time.add(1, 'helmet', 'worn', 1000);
    time.add(1, 'helmet', 'unknown', 2000);
    time.add(2, 'helmet', 'missing', 4000);
    const summary = time.summarize('helmet', 1);
    // Both are judged for 4 s, one all right and one all wrong: 2·1/2 = 1 effective person.
    const { low, high } = wilson(0.5, 1);
    expect(summary).toEqual({
      rate: 0.5,
      low,
      high,
      unknownShare: 0.2,
      wornMs: 4000,
      missingMs: 4000,
      unknownMs: 2000,
      violations: 1,
    });
    expect(time.persons).toBe(2);
  });

  it('has no rate where nobody could be judged, and no share without person-time', () => {
    const time = new PersonTime();
    time.add(1, 'helmet', 'unknown', 2000);
    expect(time.summarize('helmet', 0)).toMatchObject({ rate: null, low: null, high: null, unknownShare: 1 });
    expect(time.summarize('vest', 0)).toMatchObject({ rate: null, unknownShare: null, wornMs: 0 });
  });
});
