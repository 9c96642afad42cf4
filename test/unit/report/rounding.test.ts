import { describe, expect, it } from 'vitest';
import { formatPercent } from '../../../src/report/format.js';
import { roundConfidence, roundFraction, roundFractionOrNull, roundPx } from '../../../src/report/rounding.js';

describe('roundFraction', () => {
  it.each([
    [0, 0],
    [1, 1],
    [0.5, 0.5],
    [0.9734, 0.973],
    [0.9735, 0.974],
    [0.9996, 0.999],
    [0.0004, 0.001],
    [1.0000001, 1],
  ])('%d becomes %d', (value, rounded) => expect(roundFraction(value)).toBe(rounded));

  it('leaves no second rounding to the formats', () => {
    for (let i = 0; i <= 10_000; i += 1) {
      const rounded = roundFraction(i / 10_000);
      expect(Number.parseFloat(formatPercent(rounded))).toBeCloseTo(rounded * 100, 9);
    }
  });
});

it('keeps null', () => expect(roundFractionOrNull(null)).toBeNull());
it('gives confidences two decimals', () => expect(roundConfidence(0.8749)).toBe(0.87));
it('gives pixels one decimal', () => expect(roundPx(150.449)).toBe(150.4));
