import { describe, expect, it } from 'vitest';
import { assignByBenefit } from '../../../src/domain/assignment.js';

/** All ways to pair rows with columns or leave them alone; the best total. */
function bestTotal(benefits: readonly number[], rows: number, columns: number, row = 0, used = 0): number {
  if (row === rows) return 0;
  let best = bestTotal(benefits, rows, columns, row + 1, used);
  for (let column = 0; column < columns; column += 1) {
    const benefit = benefits[row * columns + column] ?? 0;
    if (benefit <= 0 || (used & (1 << column)) !== 0) continue;
    best = Math.max(best, benefit + bestTotal(benefits, rows, columns, row + 1, used | (1 << column)));
  }
  return best;
}

describe('assignByBenefit', () => {
  it('gives up the best single pair where that leaves the others better off', () => {
    // Greedy takes 10 and is left with 1; together 9 + 8 is more.
    expect(assignByBenefit([10, 9, 8, 1], 2, 2)).toEqual([
      { row: 0, column: 1 },
      { row: 1, column: 0 },
    ]);
  });

  it('leaves rows alone rather than forcing a worse pair on everybody', () => {
    // Pairing both rows would give 2 + 2; the pair 0-0 alone gives 9.
    expect(assignByBenefit([9, 2, 2, 0], 2, 2)).toEqual([{ row: 0, column: 0 }]);
  });

  it('never takes a pair without benefit', () => {
    expect(assignByBenefit([0, -3, 0, 0], 2, 2)).toEqual([]);
  });

  it('takes more rows than columns, more columns than rows, and nothing at all', () => {
    expect(assignByBenefit([1, 5, 3], 3, 1)).toEqual([{ row: 1, column: 0 }]);
    expect(assignByBenefit([1, 5, 3], 1, 3)).toEqual([{ row: 0, column: 1 }]);
    expect(assignByBenefit([], 0, 4)).toEqual([]);
    expect(assignByBenefit([], 4, 0)).toEqual([]);
  });

  it('is as good as trying everything', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 200; round += 1) {
      const rows = 1 + Math.floor(random() * 5);
      const columns = 1 + Math.floor(random() * 5);
      const benefits = Array.from({ length: rows * columns }, () => Math.round(random() * 12 - 4));
      const pairs = assignByBenefit(benefits, rows, columns);
      const total = pairs.reduce((sum, { row, column }) => sum + (benefits[row * columns + column] ?? 0), 0);
      expect(total).toBe(bestTotal(benefits, rows, columns));
      expect(new Set(pairs.map(({ row }) => row)).size).toBe(pairs.length);
      expect(new Set(pairs.map(({ column }) => column)).size).toBe(pairs.length);
    }
  });
});
