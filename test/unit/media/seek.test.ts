import { describe, expect, it } from 'vitest';
import type { FrameIndex } from '../../../src/media/frame-index.js';
import { planSeek } from '../../../src/media/seek.js';

/** 25 fps from 1.48 s on, in a container that starts with sound at 1.456778 s. */
const index: FrameIndex = {
  ptsUs: Float64Array.from({ length: 200 }, (_, i) => 1_480_000 + i * 40_000),
  keyFlags: new Uint8Array(200),
  formatStartUs: 1_456_778,
};

describe('planSeek', () => {
  it('seeks relative to the start of the container', () => {
    expect(planSeek(index, 50, 'mp4')).toEqual({ inputOptions: ['-ss', '2.023222'], filters: [] });
  });

  it('does not seek to the start', () => {
    expect(planSeek({ ...index, formatStartUs: 1_480_000 }, 0, 'mp4')).toEqual({ inputOptions: [], filters: [] });
    expect(planSeek({ ...index, formatStartUs: 1_480_000 }, 0, 'mpegts')).toEqual({ inputOptions: [], filters: [] });
  });

  it('starts early in MPEG-TS and drops frames by the clock of the file', () => {
    expect(planSeek(index, 50, 'mpegts')).toEqual({
      inputOptions: ['-copyts', '-noaccurate_seek', '-ss', '1.023222'],
      filters: ["select='gte(t,3.479900)+selected_n'"],
    });
  });

  it('starts at the beginning where early would be before it', () => {
    expect(planSeek(index, 10, 'mpegts').inputOptions).toEqual(['-copyts', '-noaccurate_seek']);
  });

  it('starts earlier still at low frame rates', () => {
    const slow = { ...index, ptsUs: Float64Array.from({ length: 200 }, (_, i) => i * 500_000), formatStartUs: 0 };
    expect(planSeek(slow, 40, 'mpegts').inputOptions).toContain('12.000000');
  });
});
