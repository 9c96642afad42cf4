import { describe, expect, it } from 'vitest';
import { buildCompleteness, expectedFrames } from '../../../workers/completeness.js';

describe('expectedFrames', () => {
  it('believes the file when it holds what it declares', () => {
    expect(expectedFrames({ fps: 25, declaredDurationMs: 4_000, declaredFrames: 100 }, 100, 4_000)).toBe(100);
    expect(expectedFrames({ fps: 25, declaredDurationMs: 4_000, declaredFrames: null }, 100, 4_000)).toBe(100);
    expect(expectedFrames({ fps: null, declaredDurationMs: null, declaredFrames: null }, 7, 280)).toBe(7);
  });

  it('finds a file that was cut off by its frame count', () => {
    expect(expectedFrames({ fps: 25, declaredDurationMs: 4_000, declaredFrames: 100 }, 55, 2_200)).toBe(100);
    expect(expectedFrames({ fps: 25, declaredDurationMs: null, declaredFrames: 100 }, 99, 3_960)).toBe(100);
  });

  it('does not call frames missing that an edit list hides: they leave no gap in time', () => {
    expect(expectedFrames({ fps: 25, declaredDurationMs: 3_920, declaredFrames: 100 }, 98, 3_920)).toBe(98);
  });

  it('finds a cut-off file without a frame count by its declared time', () => {
    expect(expectedFrames({ fps: 30, declaredDurationMs: 60_000, declaredFrames: null }, 900, 30_000)).toBe(1_800);
  });

  it('lets the sound be a little longer than the picture', () => {
    expect(expectedFrames({ fps: 30, declaredDurationMs: 61_500, declaredFrames: null }, 1_800, 60_000)).toBe(1_800);
  });
});

describe('buildCompleteness', () => {
  const whole = {
    framesExpected: 100,
    framesIndexed: 100,
    framesSampled: 20,
    framesAnalyzed: 20,
    analyzedUntilMs: 4_000,
  };

  it('is complete when everything promised was analysed', () => {
    expect(buildCompleteness(whole)).toEqual({ ...whole, complete: true, reason: null });
  });

  it('says what is missing, with numbers', () => {
    const cut = buildCompleteness({ ...whole, framesIndexed: 50, framesSampled: 10, framesAnalyzed: 8 });
    expect(cut.complete).toBe(false);
    expect(cut.reason).toMatch(/promises 100 frames and holds 50/);
    expect(cut.reason).toMatch(/2 of 10 sampled frames could not be decoded/);
  });

  it('knows a cut-off file whose frames nobody counted by the bytes it lacks', () => {
    const cut = buildCompleteness(whole, 188);
    expect(cut).toMatchObject({ ...whole, complete: false });
    expect(cut.reason).toMatch(/at least 188 bytes/);
  });
});
