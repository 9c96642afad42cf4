import { describe, expect, it } from 'vitest';
import type { ItemSighting } from '../../../src/domain/item-sightings.js';
import { smoothStatus } from '../../../src/domain/status-smoothing.js';

const SIGHTINGS: Readonly<Record<string, ItemSighting>> = {
  W: { worn: 0.5, missing: 0, reason: 'item_detected', box: null },
  M: { worn: 0, missing: 0.5, reason: 'missing_class_detected', box: null },
  X: { worn: 0.5, missing: 0.5, reason: 'conflicting_detections', box: null },
  '.': { worn: 0, missing: 0, reason: 'occluded', box: null },
};

/** One letter a cell of 200 ms: W, M, X both, a dot occluded, a blank not found. Out come W, M and ? for unknown. */
function smooth(film: string, lengthMs = 200): string {
  return states(film, lengthMs)
    .map(({ status }) => ({ worn: 'W', missing: 'M', unknown: '?' })[status])
    .join('');
}

function states(film: string, lengthMs = 200): ReturnType<typeof smoothStatus> {
  const letters = Array.from(film);
  const cells = letters.map((_, i) => ({ startMs: i * lengthMs, endMs: (i + 1) * lengthMs, frame: i }));
  return smoothStatus(
    cells,
    letters.map((letter) => SIGHTINGS[letter]),
  );
}

describe('smoothStatus', () => {
  it('heals a wrong frame and reports a lasting change', () => {
    expect(smooth('WWWMWWWWWW')).toBe('WWWWWWWWWW');
    expect(smooth('WWWWWMMMMM')).toBe('WWWWWMMMMM');
  });

  it('holds a status for half a second on either side while the person is in view', () => {
    // Cells whose middle is 100, 300 or 500 ms from the nearest one that speaks.
    expect(smooth('WW....WW')).toBe('WWWWWWWW');
    expect(smooth('WW........WW')).toBe('WWWWW??WWWWW');
    expect(smooth('WWWW....')).toBe('WWWWWWW?');
    expect(smooth('....WWWW')).toBe('?WWWWWWW');
  });

  it('gives each half of a short silence to its own side', () => {
    expect(smooth('WWWWW....MMMMM')).toBe('WWWWWWWMMMMMMM');
  });

  it('claims nothing while nobody is found, but for a blink', () => {
    expect(smooth('WWWW  WWWW')).toBe('WWWWWWWWWW');
    expect(smooth('WWWW   WWWW')).toBe('WWWW???WWWW');
    expect(smooth('WWWWW  MMMMM')).toBe('WWWWW??MMMMM');
    expect(states('WWWW   WWWW')[5]?.reason).toBe('not_observed');
  });

  it('does not let a blink bridge more at a rare sampling', () => {
    expect(smooth('WW WW', 800)).toBe('WW?WW');
  });

  it('gives the frame’s own reason where it does not know, and names contradictions', () => {
    expect(states('WWWW........WWWW')[7]).toEqual({ status: 'unknown', reason: 'occluded' });
    expect(states('WWWWXXXXXXXXXXWWWW')[9]).toEqual({ status: 'unknown', reason: 'conflicting_detections' });
  });

  it('knows nothing of somebody of whom nothing was seen', () => {
    expect(smooth('.....')).toBe('?????');
    expect(smooth('')).toBe('');
  });
});
