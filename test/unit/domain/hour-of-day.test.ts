import { describe, expect, it } from 'vitest';
import { hourLabel, localTimeOfDayMs, splitByHour } from '../../../src/domain/hour-of-day.js';

const AT_0759_30 = (7 * 3600 + 59 * 60 + 30) * 1000;

describe('localTimeOfDayMs', () => {
  it.each([
    ['2026-05-04T07:59:30+02:00', AT_0759_30],
    ['2026-05-04T07:59:30Z', AT_0759_30],
    ['2026-05-04T07:59:30.250-11:30', AT_0759_30 + 250],
    ['2026-05-04T00:00', 0],
  ])('reads the clock of %s as it stands', (text, expected) => {
    expect(localTimeOfDayMs(text)).toBe(expected);
  });

  it('is undefined for no time', () => {
    expect(localTimeOfDayMs(null)).toBeUndefined();
    expect(localTimeOfDayMs('2026-05-04')).toBeUndefined();
    expect(localTimeOfDayMs('yesterday')).toBeUndefined();
  });
});

describe('hours', () => {
  it('names the hour in which a moment lies, over midnight too', () => {
    expect(hourLabel(AT_0759_30, 29_999)).toBe('07:00');
    expect(hourLabel(AT_0759_30, 30_000)).toBe('08:00');
    expect(hourLabel(23 * 3_600_000, 3_600_000)).toBe('00:00');
  });

  it('cuts a stretch at full hours', () => {
    expect(splitByHour(AT_0759_30, 10_000, 50_000)).toEqual([
      { hour: '07:00', durationMs: 20_000 },
      { hour: '08:00', durationMs: 20_000 },
    ]);
    expect(splitByHour(AT_0759_30, 30_000, 40_000)).toEqual([{ hour: '08:00', durationMs: 10_000 }]);
    expect(splitByHour(0, 5, 5)).toEqual([]);
  });
});
