import { describe, expect, it } from 'vitest';
import type { PointFraction, Rules, Zone } from '../../../src/domain/terms.js';
import { findRequirement, isInPolygon, zoneVisits } from '../../../src/domain/zones.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';

const square: readonly PointFraction[] = [
  [0.2, 0.2],
  [0.6, 0.2],
  [0.6, 0.6],
  [0.2, 0.6],
];
/** A square with a bay cut into its right side. */
const bay: readonly PointFraction[] = [
  [0, 0],
  [1, 0],
  [0.5, 0.5],
  [1, 1],
  [0, 1],
];

describe('isInPolygon', () => {
  it.each<[PointFraction, boolean]>([
    [[0.4, 0.4], true],
    [[0.2, 0.4], true],
    [[0.6, 0.6], true],
    [[0.4, 0.2], true],
    [[0.61, 0.4], false],
    [[0.1, 0.2], false],
    [[0.7, 0.6], false],
  ])('judges %j against a square', (point, expected) => {
    expect(isInPolygon(point, square)).toBe(expected);
    expect(isInPolygon(point, square.toReversed())).toBe(expected);
  });

  it('judges concave ones', () => {
    expect(isInPolygon([0.25, 0.5], bay)).toBe(true);
    expect(isInPolygon([0.8, 0.5], bay)).toBe(false);
    expect(isInPolygon([0.8, 0.1], bay)).toBe(true);
  });

  it('finds nothing in less than a triangle', () => {
    expect(isInPolygon([0.2, 0.2], square.slice(0, 2))).toBe(false);
    expect(isInPolygon([0.2, 0.2], [])).toBe(false);
  });
});

describe('zoneVisits', () => {
  const zone: Zone = { name: 'pit', polygon: square, required: [] };

  /** One letter a cell of 200 ms: i inside, o outside. */
  function visits(film: string): string {
    const cells = Array.from(film).map((_, i) => ({ startMs: i * 200, endMs: (i + 1) * 200, frame: i }));
    const feet = Array.from(film).map((letter): PointFraction => (letter === 'i' ? [0.4, 0.4] : [0.9, 0.9]));
    return (zoneVisits(cells, feet, [zone])[0] ?? []).map((inside) => (inside ? 'i' : 'o')).join('');
  }

  it('follows entry and exit', () => {
    expect(visits('oooiiiiooo')).toBe('oooiiiiooo');
  });

  it('ignores trembling on the line but not a visit of half a second', () => {
    expect(visits('iiiioiiii')).toBe('iiiiiiiii');
    expect(visits('ooooiioooo')).toBe('oooooooooo');
    expect(visits('ooooiiioooo')).toBe('ooooiiioooo');
    expect(visits('oooooioioiooo')).toBe('oooooiiiiiooo');
  });

  it('keeps what a track begins or ends with', () => {
    expect(visits('ioooo')).toBe('ioooo');
    expect(visits('ooooi')).toBe('ooooi');
  });
});

describe('findRequirement', () => {
  const rules: Rules = {
    ...DEFAULT_RULES,
    zones: [
      { name: 'crane', polygon: square, required: ['helmet'] },
      { name: 'office', polygon: square, required: [] },
      { name: 'road', polygon: square, required: ['vest', 'helmet'] },
    ],
  };

  it('asks for the global list outside', () => {
    expect(findRequirement('vest', [false, false, false], rules)).toEqual({ zone: null });
    expect(findRequirement('gloves', [false, false, false], rules)).toBeUndefined();
  });

  it('asks for the zone’s list instead inside', () => {
    expect(findRequirement('helmet', [true, false, false], rules)).toEqual({ zone: 'crane' });
    expect(findRequirement('vest', [true, false, false], rules)).toBeUndefined();
    expect(findRequirement('helmet', [false, true, false], rules)).toBeUndefined();
  });

  it('asks for all lists where zones overlap, in the name of the first', () => {
    expect(findRequirement('helmet', [true, false, true], rules)).toEqual({ zone: 'crane' });
    expect(findRequirement('vest', [true, true, true], rules)).toEqual({ zone: 'road' });
  });
});
