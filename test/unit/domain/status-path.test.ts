import { describe, expect, it } from 'vitest';
import { decodeStatusPath } from '../../../src/domain/status-path.js';
import type { Testimony } from '../../../src/domain/status-path.js';

/** One letter a cell: W worn, M missing at confidence 0.5, w and m at 0.2, a dot for silence. */
function decode(film: string, durationMs = 200): string {
  const cells = Array.from(film).map((letter): Testimony => {
    const worn = { W: 0.5, w: 0.2 }[letter] ?? 0;
    const missing = { M: 0.5, m: 0.2 }[letter] ?? 0;
    return { durationMs, worn, missing };
  });
  return decodeStatusPath(cells)
    .map((isWorn) => (isWorn ? 'W' : 'M'))
    .join('');
}

describe('decodeStatusPath', () => {
  it('finds a lasting change at its place', () => {
    expect(decode('WWWWWWMMMMMM')).toBe('WWWWWWMMMMMM');
    expect(decode('MMMMMMWWWWWW')).toBe('MMMMMMWWWWWW');
  });

  it('believes in a change and back when it earns twice 175: 0.5 · 800 ms does, 0.5 · 600 ms does not', () => {
    expect(decode('WWWWWMMMMWWWWW')).toBe('WWWWWMMMMWWWWW');
    expect(decode('WWWWWMMMWWWWW')).toBe('WWWWWWWWWWWWW');
  });

  it('counts time, not frames: 600 ms are as little at 20 frames a second', () => {
    expect(decode(`${'W'.repeat(20)}${'M'.repeat(12)}${'W'.repeat(20)}`, 50)).toBe('W'.repeat(52));
    expect(decode(`${'W'.repeat(20)}${'M'.repeat(16)}${'W'.repeat(20)}`, 50)).toContain('M'.repeat(16));
  });

  it('needs longer at a lower confidence: 0.2 · 1600 ms is too little, 0.2 · 1800 ms is enough', () => {
    expect(decode(`WWWW${'m'.repeat(8)}WWWW`)).toBe('W'.repeat(16));
    expect(decode(`WWWW${'m'.repeat(9)}WWWW`)).toBe(`WWWW${'M'.repeat(9)}WWWW`);
  });

  it('needs half as much at the end of a track, where one change does', () => {
    expect(decode('WWWWWWMM')).toBe('WWWWWWMM');
    expect(decode('WWWWWWM')).toBe('WWWWWWW');
  });

  it('treats both directions of time and both states alike', () => {
    const film = 'WWMWWWMMMMMWMMWWW..WWm';
    const reversed = Array.from(film).reverse().join('');
    expect(Array.from(decode(reversed)).reverse().join('')).toBe(decode(film));
    const swap = (text: string): string => text.replace(/[WMwm]/g, (c) => ({ W: 'M', M: 'W', w: 'm', m: 'w' })[c] ?? c);
    expect(swap(decode(swap(film)))).toBe(decode(film));
  });

  it('lets one frame speak for a second at most', () => {
    // 0.5 · 1000 ms beats two changes, but is no more than two seconds of 0.3 against it.
    expect(decode('WMW', 60_000)).toBe('WMW');
    expect(decode('WmW', 60_000)).toBe('WWW');
  });

  it('has no path without cells, and worn without evidence', () => {
    expect(decode('')).toBe('');
    expect(decode('...')).toBe('WWW');
  });
});
