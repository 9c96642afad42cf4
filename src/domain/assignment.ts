/* eslint-disable @typescript-eslint/no-non-null-assertion -- hot loop */

/** One chosen pair of a row and a column. */
export type Pair = { readonly row: number; readonly column: number };

/**
 * One-to-one assignment with the greatest total benefit. `benefits` is row-major, rows × columns; a pair with a benefit
 * of 0 or less is forbidden, and a row or column may stay alone. Pairs come in order of their row.
 *
 * Hungarian rather than greedy: where two people cross, the best single pair often leaves the other two a bad one, and
 * greedy takes it. With a few dozen boxes a frame the O(n³) of the algorithm does not show.
 * Algorithm: Kuhn–Munkres with potentials and shortest augmenting paths (Jonker and Volgenant 1987).
 */
export function assignByBenefit(benefits: readonly number[], rows: number, columns: number): readonly Pair[] {
  if (rows === 0 || columns === 0) return [];
  const obvious = takeRowMaxima(benefits, rows, columns);
  if (obvious !== undefined) return obvious;
  // One private column of cost 0 for each row stands for "stays alone", so forced bad pairs cannot happen.
  const width = columns + rows;
  const cost = new Float64Array(rows * width);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      cost[row * width + column] = -Math.max(0, benefits[row * columns + column]!);
    }
  }
  const rowOfColumn = solveMinCost(cost, rows, width);
  const pairs: Pair[] = [];
  for (let column = 0; column < columns; column += 1) {
    const row = rowOfColumn[column]!;
    if (row >= 0 && benefits[row * columns + column]! > 0) pairs.push({ row, column });
  }
  return pairs.sort((a, b) => a.row - b.row);
}

/**
 * Every row's best column, when no two rows want the same one: nothing can beat the sum of the row maxima. Most frames
 * end here. Undefined when rows compete. Of two equally good columns the first counts.
 */
function takeRowMaxima(benefits: readonly number[], rows: number, columns: number): readonly Pair[] | undefined {
  const pairs: Pair[] = [];
  for (let row = 0; row < rows; row += 1) {
    let best = -1;
    let bestBenefit = 0;
    for (let column = 0; column < columns; column += 1) {
      const benefit = benefits[row * columns + column]!;
      if (benefit > bestBenefit) {
        bestBenefit = benefit;
        best = column;
      }
    }
    if (best < 0) continue;
    for (const taken of pairs) if (taken.column === best) return undefined;
    pairs.push({ row, column: best });
  }
  return pairs;
}

/** Rows ≤ columns. Returns the row of each column, −1 for none. */
function solveMinCost(cost: Float64Array, rows: number, columns: number): Int32Array {
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowAt = new Int32Array(columns + 1); // 1-based row of a 1-based column, 0 for none; column 0 is the root
  const cameFrom = new Int32Array(columns + 1);
  const shortest = new Float64Array(columns + 1);
  const visited = new Uint8Array(columns + 1);
  for (let row = 1; row <= rows; row += 1) {
    rowAt[0] = row;
    shortest.fill(Infinity);
    visited.fill(0);
    let column = 0;
    while (rowAt[column] !== 0) {
      visited[column] = 1;
      const current = rowAt[column]!;
      let step = Infinity;
      let next = 0;
      for (let j = 1; j <= columns; j += 1) {
        if (visited[j] === 1) continue;
        const reduced = cost[(current - 1) * columns + j - 1]! - rowPotential[current]! - columnPotential[j]!;
        if (reduced < shortest[j]!) {
          shortest[j] = reduced;
          cameFrom[j] = column;
        }
        if (shortest[j]! < step) {
          step = shortest[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j += 1) {
        if (visited[j] === 1) {
          rowPotential[rowAt[j]!]! += step;
          columnPotential[j]! -= step;
        } else {
          shortest[j]! -= step;
        }
      }
      column = next;
    }
    while (column !== 0) {
      const previous = cameFrom[column]!;
      rowAt[column] = rowAt[previous]!;
      column = previous;
    }
  }
  return rowAt.subarray(1).map((row) => row - 1);
}
