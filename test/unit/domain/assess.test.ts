import { describe, expect, it } from 'vitest';
import { assess } from '../../../src/domain/assess.js';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { AssessmentResult, Detection, FrameDetections } from '../../../src/domain/terms.js';
import { detection, film, HELMET, input, PERSON, ROLES, ROLES_WITHOUT_MISSING, worker } from '../../support/scene.js';
import { loadSiteDemo } from '../../support/site-demo.js';

function spans({ violations }: AssessmentResult): unknown[] {
  return violations.map(({ trackId, item, startMs, endMs }) => [trackId, item, startMs, endMs]);
}

describe('assess', () => {
  it('answers no frames and empty frames with nothing', () => {
    for (const frames of [[], film(() => [])]) {
      const result = assess(input(frames));
      expect(result).toMatchObject({ tracks: [], observations: [], violations: [], detectionFloorMs: 400 });
      expect(result.summary.persons).toBe(0);
    }
  });

  it('judges a single frame by what it shows', () => {
    const frames = [{ frameIndex: 0, ptsMs: 0, detections: worker(100, 200, { helmet: false }) }];
    const result = assess(input(frames, { video: { durationMs: 1000, fps: null } }));
    expect(result.tracks).toEqual([
      {
        trackId: 1,
        firstMs: 0,
        lastMs: 1000,
        items: {
          helmet: { wornMs: 0, missingMs: 1000, unknownMs: 0 },
          vest: { wornMs: 1000, missingMs: 0, unknownMs: 0 },
        },
      },
    ]);
    expect(spans(result)).toEqual([[1, 'helmet', 0, 1000]]);
  });

  it('follows somebody who leaves, and a violation over the end of the video', () => {
    const result = assess(
      input(film((ptsMs) => [...(ptsMs < 4000 ? worker(100, 200) : []), ...worker(700, 200, { vest: ptsMs < 8000 })])),
    );
    expect(result.tracks.map(({ firstMs, lastMs }) => [firstMs, lastMs])).toEqual([
      [0, 3900],
      [0, 10_000],
    ]);
    expect(spans(result)).toEqual([[2, 'vest', 7900, 10_000]]);
  });

  it('keeps two overlapping people and their helmets apart', () => {
    const result = assess(input(film(() => [...worker(400, 200), ...worker(445, 210, { helmet: false })])));
    expect(result.summary.persons).toBe(2);
    expect(spans(result)).toEqual([[2, 'helmet', 0, 10_000]]);
  });

  it('does not take a helmet in the hand for a helmet on the head', () => {
    const inHand = detection(HELMET, frameBox(165, 310, 195, 335), 0.9);
    const bare = assess(input(film(() => [...worker(100, 200, { helmet: false }), inHand])));
    expect(spans(bare)).toEqual([[1, 'helmet', 0, 10_000]]);
    const unseen = assess(input(film(() => [...worker(100, 200, { helmet: null }), inHand])));
    expect(unseen.summary.items['helmet']).toMatchObject({ rate: null, unknownShare: 1 });
  });

  it('judges absence where the model has no class for it', () => {
    const frames = film((ptsMs) => worker(100, 200, { helmet: ptsMs < 5000 ? true : null }));
    const result = assess(input(frames, { roles: ROLES_WITHOUT_MISSING }));
    expect(spans(result)).toEqual([[1, 'helmet', 4900, 10_000]]);
    expect(result.violations[0]).toMatchObject({ reason: 'absent_on_visible_region', confidence: 0.35 });
    expect(result.violations[0]?.evidence.marks[0]).toMatchObject({ label: 'no helmet', status: 'missing' });
  });

  it('claims nothing about a hole in the sampling', () => {
    const frames = film(() => worker(100, 200, { helmet: false })).filter(({ ptsMs }) => ptsMs < 4000 || ptsMs >= 7000);
    const result = assess(input(frames));
    expect(result.tracks).toHaveLength(1);
    expect(
      result.observations
        .filter(({ item }) => item === 'helmet')
        .map(({ status, reason, startMs, endMs }) => [status, reason, startMs, endMs]),
    ).toEqual([
      ['missing', 'missing_class_detected', 0, 3900],
      ['unknown', 'not_observed', 3900, 6900],
      ['missing', 'missing_class_detected', 6900, 10_000],
    ]);
  });

  it('ignores what is less certain than the rules ask for', () => {
    const frames = film(() => worker(100, 200, { helmet: false, confidence: 0.4 }));
    expect(assess(input(frames, { rules: { minConfidence: 0.41 } })).summary.persons).toBe(0);
    expect(assess(input(frames, { rules: { minConfidence: 0.4 } })).summary.persons).toBe(1);
  });

  it('gives a boundary at the same place whatever the sampling', () => {
    for (const intervalMs of [40, 100, 200, 400]) {
      const frames = film((ptsMs) => worker(100, 200, { helmet: ptsMs < 5000 }), { intervalMs });
      const [violation, ...rest] = assess(input(frames)).violations;
      expect(rest).toEqual([]);
      expect(violation?.startMs).toBeGreaterThanOrEqual(5000 - intervalMs);
      expect(violation?.startMs).toBeLessThanOrEqual(5000);
      expect(violation?.endMs).toBe(10_000);
    }
  });

  it('says what the sampling can miss: two samples apart', () => {
    expect(assess(input(film(() => [], { intervalMs: 200 }))).detectionFloorMs).toBe(400);
    expect(assess(input(film(() => [], { intervalMs: 833 }))).detectionFloorMs).toBe(1666);
  });
});

describe('properties of assess on the sample clip', () => {
  const { frames, video } = loadSiteDemo();
  const reference = assess({ frames, video, roles: ROLES, rules: DEFAULT_RULES });

  it('is the same every time and leaves its input alone', () => {
    const before = JSON.stringify(frames);
    expect(assess({ frames, video, roles: ROLES, rules: DEFAULT_RULES })).toEqual(reference);
    expect(JSON.stringify(frames)).toBe(before);
  });

  it('does not depend on the order of detections inside a frame', () => {
    let seed = 3;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 5; round += 1) {
      const shuffled = frames.map((frame) => ({ ...frame, detections: shuffle(frame.detections, random) }));
      expect(assess({ frames: shuffled, video, roles: ROLES, rules: DEFAULT_RULES })).toEqual(reference);
    }
  });

  it('tiles every track with observations that add up to its times', () => {
    for (const { trackId, firstMs, lastMs, items } of reference.tracks) {
      for (const [item, durations] of Object.entries(items)) {
        const runs = reference.observations.filter((run) => run.trackId === trackId && run.item === item);
        expect(runs[0]?.startMs).toBe(firstMs);
        expect(runs.at(-1)?.endMs).toBe(lastMs);
        for (const [position, run] of runs.entries()) {
          expect(run.endMs).toBeGreaterThan(run.startMs);
          if (position > 0) {
            expect(run.startMs).toBe(runs[position - 1]?.endMs);
            expect(run.status).not.toBe(runs[position - 1]?.status);
          }
        }
        expect(durations.wornMs + durations.missingMs + durations.unknownMs).toBe(lastMs - firstMs);
      }
    }
  });

  it('sums the tracks up without loss', () => {
    for (const [item, summary] of Object.entries(reference.summary.items)) {
      for (const field of ['wornMs', 'missingMs', 'unknownMs'] as const) {
        const total = reference.tracks.reduce((sum, track) => sum + (track.items[item]?.[field] ?? 0), 0);
        expect(summary[field]).toBe(total);
      }
      expect(summary.violations).toBe(reference.violations.filter((violation) => violation.item === item).length);
    }
  });

  it('shows every violation on a frame inside it, with the person on the picture', () => {
    for (const { startMs, endMs, item, evidence, confidence } of reference.violations) {
      expect(evidence.ptsMs).toBeGreaterThanOrEqual(startMs);
      expect(evidence.ptsMs).toBeLessThan(endMs);
      expect(
        frames.some(({ frameIndex, ptsMs }) => frameIndex === evidence.frameIndex && ptsMs === evidence.ptsMs),
      ).toBe(true);
      expect(evidence.marks.some(({ label, status }) => label === `no ${item}` && status === 'missing')).toBe(true);
      expect(confidence).toBeGreaterThan(DEFAULT_RULES.minConfidence);
      expect(confidence).toBeLessThanOrEqual(1);
    }
  });

  it('can only find less when violations must last longer', () => {
    let before = Infinity;
    for (const minViolationMs of [0, 500, 1000, 7200, 14_000, 20_000]) {
      const rules = { ...DEFAULT_RULES, minViolationMs };
      const { violations } = assess({ frames, video, roles: ROLES, rules });
      expect(violations.length).toBeLessThanOrEqual(before);
      before = violations.length;
    }
    expect(before).toBe(0);
  });

  it('sees no people where the model names none', () => {
    const roles = { ...ROLES, person: [] };
    expect(assess({ frames, video, roles, rules: DEFAULT_RULES }).tracks).toEqual([]);
  });

  it('copes with any part of the clip', () => {
    for (let from = 0; from < frames.length; from += 5) {
      for (const length of [1, 2, 3, 10]) {
        const part: readonly FrameDetections[] = frames.slice(from, from + length);
        const { tracks } = assess({ frames: part, video, roles: ROLES, rules: DEFAULT_RULES });
        expect(tracks.length).toBeLessThanOrEqual(5);
        for (const { firstMs, lastMs } of tracks) expect(lastMs).toBeGreaterThan(firstMs);
      }
    }
  });
});

describe('time that an hour of detections takes', () => {
  it('stays far below a second for a scene of ten boxes a frame', () => {
    const frames = film(
      (ptsMs) => [0, 1, 2].flatMap((i) => worker(100 + 250 * i + (ptsMs % 20_000) / 200, 200)).concat(person(ptsMs)),
      { durationMs: 600_000 },
    );
    const started = process.cpuUsage();
    const { summary } = assess(input(frames, { video: { durationMs: 600_000 } }));
    // A sixth of an hour. Processor time, because other tests run beside this one; anything quadratic takes minutes.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(3000);
    expect(summary.persons).toBeGreaterThanOrEqual(4);
  });
});

function person(ptsMs: number): Detection[] {
  return [detection(PERSON, frameBox(850, 300 + (ptsMs % 5000) / 100, 930, 560))];
}

function shuffle<T>(values: readonly T[], random: () => number): T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
