import { describe, expect, it } from 'vitest';
import { sampleCells, samplingIntervalMs } from '../../../src/domain/sample-cells.js';
import type { FrameDetections } from '../../../src/domain/terms.js';
import { VIDEO } from '../../support/scene.js';

function framesAt(...times: number[]): FrameDetections[] {
  return times.map((ptsMs, frameIndex) => ({ frameIndex, ptsMs, detections: [] }));
}

describe('samplingIntervalMs', () => {
  it('is the median of the real spacing', () => {
    expect(samplingIntervalMs(framesAt(0, 200, 400, 900, 1100), VIDEO)).toBe(200);
  });

  it('is the nominal spacing when there is no real one', () => {
    expect(samplingIntervalMs(framesAt(0), VIDEO)).toBe(200);
    expect(samplingIntervalMs([], { ...VIDEO, everyNFrames: 10 })).toBe(400);
  });

  it('is the duration when nothing is known, and never 0', () => {
    expect(samplingIntervalMs(framesAt(0), { ...VIDEO, fps: null, durationMs: 40 })).toBe(40);
    expect(samplingIntervalMs([], { ...VIDEO, fps: null, durationMs: 0 })).toBe(1);
  });
});

describe('sampleCells', () => {
  it('cuts half-way between samples and gives the last one the rest of the video', () => {
    expect(sampleCells(framesAt(0, 417, 833), { ...VIDEO, durationMs: 1200 })).toEqual([
      { startMs: 0, endMs: 209, frame: 0 },
      { startMs: 209, endMs: 625, frame: 1 },
      { startMs: 625, endMs: 1200, frame: 2 },
    ]);
  });

  it('lets the last sample speak for one interval at most: a truncated file promises more than it holds', () => {
    expect(sampleCells(framesAt(0, 200, 400), { ...VIDEO, durationMs: 60_000 }).at(-1)).toEqual({
      startMs: 300,
      endMs: 600,
      frame: 2,
    });
  });

  it('follows variable spacing but leaves a hole open', () => {
    const cells = sampleCells(framesAt(0, 200, 600, 800, 5000, 5200), { ...VIDEO, durationMs: 5400 });
    expect(cells.map(({ startMs, endMs, frame }) => [startMs, endMs, frame])).toEqual([
      [0, 100, 0],
      [100, 400, 1],
      [400, 700, 2],
      [700, 900, 3],
      [900, 4900, null],
      [4900, 5100, 4],
      [5100, 5400, 5],
    ]);
  });

  it('starts with the first analysed frame when the beginning was not analysed', () => {
    expect(sampleCells(framesAt(4000, 4200), VIDEO)[0]).toEqual({ startMs: 3900, endMs: 4100, frame: 0 });
  });

  it('has nothing to cut without frames, and one cell for a single one', () => {
    expect(sampleCells([], VIDEO)).toEqual([]);
    expect(sampleCells(framesAt(0), { ...VIDEO, durationMs: 40 })).toEqual([{ startMs: 0, endMs: 40, frame: 0 }]);
  });
});
