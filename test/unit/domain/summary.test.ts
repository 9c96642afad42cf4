import { describe, expect, it } from 'vitest';
import { assess } from '../../../src/domain/assess.js';
import type { Detection, PointFraction } from '../../../src/domain/terms.js';
import { film, input, worker } from '../../support/scene.js';

/** The picture is 1000 × 600 px; a worker's foot is in the middle of the lower edge of the box. */
const LEFT_HALF: readonly PointFraction[] = [
  [0, 0],
  [0.5, 0],
  [0.5, 1],
  [0, 1],
];

/** Two people for ten seconds: one on the left without a vest, one on the right without a helmet in the second half. */
function twoPeople(ptsMs: number): Detection[] {
  return [...worker(100, 200, { vest: false }), ...worker(700, 200, { helmet: ptsMs < 5000 })];
}

describe('summary', () => {
  it('counts people and person-time of the whole picture', () => {
    const { summary, violations } = assess(input(film(twoPeople)));
    expect(summary.persons).toBe(2);
    // Samples at 0, 200 … 9800 ms; the change lies half-way between 4800 and 5000 ms.
    expect(summary.items['helmet']).toMatchObject({ wornMs: 14_900, missingMs: 5100, unknownMs: 0, violations: 1 });
    expect(summary.items['helmet']?.rate).toBeCloseTo(14_900 / 20_000, 12);
    expect(summary.items['vest']).toMatchObject({ wornMs: 10_000, missingMs: 10_000, rate: 0.5, violations: 1 });
    expect(violations.map(({ item, startMs, endMs }) => [item, startMs, endMs])).toEqual([
      ['vest', 0, 10_000],
      ['helmet', 4900, 10_000],
    ]);
    expect(summary.byZone).toEqual([]);
    expect(summary.byHour).toEqual([]);
  });

  it('judges people in a zone by its list and by nothing else', () => {
    const zones = [{ name: 'left', polygon: LEFT_HALF, required: ['helmet'] }];
    const { summary, violations } = assess(input(film(twoPeople), { rules: { zones } }));
    expect(summary.byZone).toHaveLength(1);
    expect(summary.byZone[0]).toMatchObject({
      zone: 'left',
      persons: 1,
      items: { helmet: { rate: 1, wornMs: 10_000, violations: 0 } },
    });
    expect(Object.keys(summary.byZone[0]?.items ?? {})).toEqual(['helmet']);
    // Nobody asks for the vest of the person on the left any more.
    expect(summary.items['vest']).toMatchObject({ rate: 1, wornMs: 10_000, missingMs: 0 });
    expect(violations.map(({ item, zone }) => [item, zone])).toEqual([['helmet', null]]);
  });

  it('names the zone whose rule was broken, from the entry on', () => {
    const zones = [{ name: 'left', polygon: LEFT_HALF, required: ['vest'] }];
    // Walks from the right to the left at 100 px/s; the foot is on the line (x = 500) at 4600 ms.
    const walk = (ptsMs: number): Detection[] => worker(920 - ptsMs / 10, 200, { vest: false });
    const { violations, summary } = assess(input(film(walk, { durationMs: 9000 }), { rules: { required: [], zones } }));
    expect(violations).toHaveLength(1);
    expect(violations[0]).toMatchObject({ zone: 'left', item: 'vest', startMs: 4500, endMs: 9000 });
    expect(summary.byZone[0]?.items['vest']).toMatchObject({ rate: 0, missingMs: 4500, violations: 1 });
  });

  it('splits by hour of the day at the place of recording', () => {
    const video = { recordedAt: '2026-05-04T07:59:55+02:00' };
    const { byHour } = assess(input(film(twoPeople), { video })).summary;
    expect(byHour.map(({ hour, persons }) => [hour, persons])).toEqual([
      ['07:00', 2],
      ['08:00', 2],
    ]);
    expect(byHour[0]?.items['helmet']).toMatchObject({ wornMs: 9900, missingMs: 100, violations: 1 });
    expect(byHour[1]?.items['helmet']).toMatchObject({ wornMs: 5000, missingMs: 5000, violations: 0 });
    expect(byHour[1]?.items['vest']).toMatchObject({ rate: 0.5, violations: 0 });
  });

  it('has no rate for nobody, and none for an item that the model does not know', () => {
    const empty = assess(input(film(() => [])));
    expect(empty.summary).toEqual({
      persons: 0,
      items: {
        helmet: NOTHING,
        vest: NOTHING,
      },
      byZone: [],
      byHour: [],
    });
    const gloves = assess(input(film(twoPeople), { rules: { required: ['gloves'] } }));
    expect(gloves.summary.items).toEqual({ gloves: { ...NOTHING, unknownShare: 1, unknownMs: 20_000 } });
    expect(gloves.violations).toEqual([]);
  });
});

const NOTHING = {
  rate: null,
  low: null,
  high: null,
  unknownShare: null,
  wornMs: 0,
  missingMs: 0,
  unknownMs: 0,
  violations: 0,
};
