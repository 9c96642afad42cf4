import { describe, expect, it } from 'vitest';
import { rateInterval, wilson } from '../../../src/domain/rate-interval.js';

const person = (wornMs: number, judgedMs: number) => ({ wornMs, judgedMs });

describe('wilson', () => {
  it('matches the published value for 81 of 263', () => {
    const { low, high } = wilson(81 / 263, 263); // Newcombe 1998, table I
    expect(low).toBeCloseTo(0.2553, 4);
    expect(high).toBeCloseTo(0.3662, 4);
  });

  it('matches the published value for 0 of 20', () => {
    const { low, high } = wilson(0, 20);
    expect(low).toBe(0);
    expect(high).toBeCloseTo(0.1611, 4);
  });
});

describe('rateInterval', () => {
  it('is undefined when nobody could be judged', () => {
    expect(rateInterval([])).toBeUndefined();
    expect(rateInterval([person(0, 0)])).toBeUndefined();
  });

  it('weighs people by the time in which they could be judged', () => {
    // 9 s of 10 s and 0 s of 2 s
    expect(rateInterval([person(9000, 10_000), person(0, 2000)])?.rate).toBe(0.75);
  });

  it('admits that one person tells little, whatever the rate', () => {
    expect(rateInterval([person(10_000, 10_000)])).toMatchObject({ rate: 1, high: 1 });
    expect(rateInterval([person(10_000, 10_000)])?.low).toBeCloseTo(0.2065, 4); // Wilson, 1 of 1
    expect(rateInterval([person(0, 10_000)])?.high).toBeCloseTo(0.7935, 4);
    const half = rateInterval([person(5000, 10_000)]);
    expect(half?.low).toBeLessThan(0.1);
    expect(half?.high).toBeGreaterThan(0.9);
  });

  it('is Wilson over persons for people who all wear it or all do not, judged equally long', () => {
    // 15 of 20 persons: the linearised variance gives 19 effective persons, 20·19/20
    const shares = Array.from({ length: 20 }, (_, i) => person(i < 15 ? 1000 : 0, 1000));
    const found = rateInterval(shares);
    const expected = wilson(0.75, 19);
    expect(found?.rate).toBe(0.75);
    expect(found?.low).toBeCloseTo(expected.low, 9);
    expect(found?.high).toBeCloseTo(expected.high, 9);
  });

  it('is as wide for many frames as for few: persons count, not time', () => {
    const short = rateInterval([person(1, 1), person(0, 1), person(1, 1)]);
    const long = rateInterval([person(60_000, 60_000), person(0, 60_000), person(60_000, 60_000)]);
    expect(long?.low).toBeCloseTo(short?.low ?? NaN, 9);
    expect(long?.high).toBeCloseTo(short?.high ?? NaN, 9);
  });

  it('does not count people twice who hardly could be judged', () => {
    // Kish: 10 100² / (10 000² + 100²) = 1.02 effective persons
    const found = rateInterval([person(10_000, 10_000), person(100, 100)]);
    expect(found?.low).toBeCloseTo(wilson(1, 10_100 ** 2 / (10_000 ** 2 + 100 ** 2)).low, 9);
  });

  it('is not narrower than its number of persons allows, however alike they are', () => {
    const alike = Array.from({ length: 4 }, () => person(500, 1000));
    expect(rateInterval(alike)).toMatchObject({ rate: 0.5, ...wilson(0.5, 4) });
    const nearlyAlike = [person(490, 1000), person(510, 1000), person(490, 1000), person(510, 1000)];
    expect(rateInterval(nearlyAlike)).toMatchObject({ rate: 0.5, ...wilson(0.5, 4) });
  });

  it('always holds its rate and stays within 0 and 1', () => {
    for (let worn = 0; worn <= 10; worn += 1) {
      const found = rateInterval([person(worn, 10), person(10 - worn, 10), person(worn, 10), person(3, 7)]);
      expect(found?.low).toBeGreaterThanOrEqual(0);
      expect(found?.low).toBeLessThanOrEqual(found?.rate ?? NaN);
      expect(found?.high).toBeGreaterThanOrEqual(found?.rate ?? NaN);
      expect(found?.high).toBeLessThanOrEqual(1);
    }
  });
});
