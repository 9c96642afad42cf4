import { describe, expect, it } from 'vitest';
import { planSegments, type SegmentSettings } from '../../../src/media/segment-plan.js';

function keysAt(frameCount: number, keys: readonly number[]): { keyFlags: Uint8Array } {
  const keyFlags = new Uint8Array(frameCount);
  for (const key of keys) keyFlags[key] = 1;
  return { keyFlags };
}

const every = (step: number, frameCount: number): number[] =>
  Array.from({ length: Math.ceil(frameCount / step) }, (_, i) => i * step);

describe('planSegments', () => {
  it('ends segments at the first key frame after enough sampled frames', () => {
    expect(planSegments(keysAt(100, every(20, 100)), { everyNFrames: 5, targetSampledFrames: 6 })).toEqual([
      { segmentIndex: 0, frameLo: 0, frameHi: 40, firstSampledFrame: 0, sampledCount: 8 },
      { segmentIndex: 1, frameLo: 40, frameHi: 80, firstSampledFrame: 40, sampledCount: 8 },
      { segmentIndex: 2, frameLo: 80, frameHi: 100, firstSampledFrame: 80, sampledCount: 4 },
    ]);
  });

  it('samples the same frames wherever the bounds are', () => {
    expect(planSegments(keysAt(50, [0, 13, 29, 41]), { everyNFrames: 7, targetSampledFrames: 1 })).toEqual([
      { segmentIndex: 0, frameLo: 0, frameHi: 13, firstSampledFrame: 0, sampledCount: 2 },
      { segmentIndex: 1, frameLo: 13, frameHi: 29, firstSampledFrame: 14, sampledCount: 3 },
      { segmentIndex: 2, frameLo: 29, frameHi: 41, firstSampledFrame: 35, sampledCount: 1 },
      { segmentIndex: 3, frameLo: 41, frameHi: 50, firstSampledFrame: 42, sampledCount: 2 },
    ]);
  });

  it('gives segments without a sampled frame to their neighbour', () => {
    expect(planSegments(keysAt(40, every(5, 40)), { everyNFrames: 15, targetSampledFrames: 1 })).toEqual([
      { segmentIndex: 0, frameLo: 0, frameHi: 5, firstSampledFrame: 0, sampledCount: 1 },
      { segmentIndex: 1, frameLo: 5, frameHi: 20, firstSampledFrame: 15, sampledCount: 1 },
      { segmentIndex: 2, frameLo: 20, frameHi: 40, firstSampledFrame: 30, sampledCount: 1 },
    ]);
  });

  it('makes one segment of a video with one key frame', () => {
    expect(planSegments(keysAt(1000, [0]), { everyNFrames: 5, targetSampledFrames: 60 })).toEqual([
      { segmentIndex: 0, frameLo: 0, frameHi: 1000, firstSampledFrame: 0, sampledCount: 200 },
    ]);
  });

  it('handles one frame and none', () => {
    expect(planSegments(keysAt(1, [0]), { everyNFrames: 5, targetSampledFrames: 60 })).toEqual([
      { segmentIndex: 0, frameLo: 0, frameHi: 1, firstSampledFrame: 0, sampledCount: 1 },
    ]);
    expect(planSegments(keysAt(0, []), { everyNFrames: 5, targetSampledFrames: 60 })).toEqual([]);
  });

  it('does not let sparse sampling make segments that decode for minutes', () => {
    const plan = planSegments(keysAt(90_000, every(50, 90_000)), { everyNFrames: 300, targetSampledFrames: 60 });
    expect(Math.max(...plan.map(({ frameLo, frameHi }) => frameHi - frameLo))).toBe(1_500);
  });

  it('covers every frame and every sampled frame exactly once', () => {
    const cases: [number, number[], SegmentSettings][] = [
      [997, every(17, 997), { everyNFrames: 5, targetSampledFrames: 10 }],
      [997, every(1, 997), { everyNFrames: 1, targetSampledFrames: 1 }],
      [997, every(1, 997), { everyNFrames: 10_000, targetSampledFrames: 60 }],
      [500, [0, 3, 4, 100, 499], { everyNFrames: 3, targetSampledFrames: 2 }],
      [500, every(12, 500), { everyNFrames: 25, targetSampledFrames: 1 }],
    ];
    for (const [frameCount, keys, settings] of cases) {
      const plan = planSegments(keysAt(frameCount, keys), settings);
      const bounds = plan.flatMap(({ frameLo, frameHi }) => [frameLo, frameHi]);
      expect(bounds[0]).toBe(0);
      expect(bounds.at(-1)).toBe(frameCount);
      expect(plan.slice(1).every(({ frameLo }, i) => frameLo === plan[i]?.frameHi && keys.includes(frameLo))).toBe(
        true,
      );
      const sampled = plan.flatMap(({ firstSampledFrame, sampledCount }) =>
        Array.from({ length: sampledCount }, (_, i) => firstSampledFrame + i * settings.everyNFrames),
      );
      expect(sampled).toEqual(every(settings.everyNFrames, frameCount));
      expect(plan.every(({ sampledCount }) => sampledCount > 0)).toBe(true);
      expect(plan.map(({ segmentIndex }) => segmentIndex)).toEqual(plan.map((_, i) => i));
    }
  });
});
