import { describe, expect, it } from 'vitest';
import { buildProgress, type ProgressFacts } from '../../../src/api/progress.js';

const facts: ProgressFacts = {
  status: 'queued',
  uploaded: false,
  bytesDone: null,
  bytesTotal: null,
  framesDone: 0,
  framesTotal: null,
  segmentsDone: 0,
  segmentsTotal: null,
  framesPerSecond: null,
};

describe('buildProgress', () => {
  it('never goes back over the life of an analysis, and reaches 100 only at the end', () => {
    const life: Partial<ProgressFacts>[] = [
      { status: 'queued' },
      { status: 'downloading' },
      { status: 'downloading', bytesDone: 10, bytesTotal: 100 },
      { status: 'downloading', bytesDone: 100, bytesTotal: 100 },
      { status: 'probing', bytesDone: 100, bytesTotal: 100 },
      { status: 'analyzing', framesDone: 0, framesTotal: 300 },
      { status: 'analyzing', framesDone: 299, framesTotal: 300 },
      { status: 'analyzing', framesDone: 300, framesTotal: 300 },
      { status: 'reporting', framesDone: 300, framesTotal: 300 },
      { status: 'completed', framesDone: 300, framesTotal: 300 },
    ];
    const percents = life.map((step) => buildProgress({ ...facts, ...step }).percent);
    const known = percents.filter((value) => value !== null);
    expect(known).toEqual(known.toSorted((a, b) => a - b));
    expect(percents.indexOf(100)).toBe(life.length - 1);
  });

  it('says null while a download does not tell its length', () => {
    const progress = buildProgress({ ...facts, status: 'downloading', bytesDone: 5_000_000 });
    expect(progress).toMatchObject({ percent: null, basis: 'unknown', bytesDone: 5_000_000, etaSeconds: null });
  });

  it('keeps what a retry has in hand', () => {
    const before = buildProgress({ ...facts, status: 'failed', framesDone: 200, framesTotal: 300 });
    for (const status of ['queued', 'downloading', 'probing', 'analyzing'] as const)
      expect(buildProgress({ ...facts, status, framesDone: 200, framesTotal: 300 }).percent).toBe(before.percent);
  });

  it('stays within its limits when more was counted than planned', () => {
    const progress = buildProgress({
      ...facts,
      status: 'analyzing',
      framesDone: 400,
      framesTotal: 300,
      framesPerSecond: 10,
    });
    expect(progress.percent).toBeLessThan(100);
    expect(progress.framesDone).toBe(300);
    expect(progress.etaSeconds).toBeGreaterThanOrEqual(0);
    expect(buildProgress({ ...facts, status: 'downloading', bytesDone: 300, bytesTotal: 100 }).percent).toBe(5);
  });

  it('computes the time left from the measured speed, or says null', () => {
    const running = { ...facts, status: 'analyzing', framesDone: 100, framesTotal: 300 } as const;
    expect(buildProgress({ ...running, framesPerSecond: 20 }).etaSeconds).toBe(13);
    expect(buildProgress({ ...running, framesPerSecond: null }).etaSeconds).toBeNull();
    expect(buildProgress({ ...running, framesPerSecond: 0 }).etaSeconds).toBeNull();
  });

  it('takes a video without sampled frames as done, not as a division by zero', () => {
    expect(buildProgress({ ...facts, status: 'analyzing', framesTotal: 0 }).percent).toBe(97);
  });
});
