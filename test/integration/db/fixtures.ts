import {
  beginIngest,
  insertAnalysis,
  savePlan,
  saveSource,
  type AnalysisPlan,
  type AnalysisRow,
  type AnalysisSettings,
  type NewAnalysis,
  type StoredModel,
  type StoredProbe,
} from '../../../src/db/analyses.js';
import type { SavedAssessment } from '../../../src/db/assessments.js';
import type { Db } from '../../../src/db/client.js';
import { claimSegment, commitSegment, type SegmentKey } from '../../../src/db/segments.js';
import type { Detection, FrameBox, FrameDetections, Rules } from '../../../src/domain/terms.js';
import { newId } from '../../../src/shared/ids.js';

export const RULES: Rules = {
  required: ['helmet', 'vest'],
  minConfidence: 0.35,
  minViolationMs: 1_000,
  mergeGapMs: 1_000,
  zones: [],
};

export const SETTINGS: AnalysisSettings = {
  everyNFrames: 5,
  sampleFps: null,
  imageSize: 480,
  modelId: 'ppe-yolov8n',
  rules: RULES,
};

export const MODEL: StoredModel = {
  id: 'ppe-yolov8n',
  version: '1',
  sha256: 'a'.repeat(64),
  licence: 'AGPL-3.0',
  classes: ['person', 'helmet'],
  roles: { person: [0], items: { helmet: { worn: [1], missing: [], region: 'head' } } },
  imageSize: 480,
  inputWidthPx: 480,
  inputHeightPx: 288,
  scoreFloor: 0.1,
};

export const PROBE: StoredProbe = {
  container: 'mp4',
  codec: 'h264',
  widthPx: 640,
  heightPx: 360,
  rotationDegrees: 0,
  fps: 25,
  declaredDurationMs: 12_000,
  declaredFrames: 300,
  formatStartUs: 0,
  streamIndex: 0,
  sizeBytes: 1_000_000,
  pixelFormat: 'yuv420p',
  timeBase: { num: 1, den: 12_800 },
  reordersFrames: false,
  durationMs: 12_000,
} as StoredProbe;

export const SOURCE = {
  key: 'sources/x/source.mp4',
  sha256: 'b'.repeat(64),
  sizeBytes: 1_000_000,
  fileName: 'gate.mp4',
};
export const FAILURE = { code: 'segment_failed', message: 'it broke', retryable: true };

export function newAnalysis(changes: Partial<NewAnalysis> = {}): NewAnalysis {
  return {
    id: newId('an'),
    name: 'Gate 3',
    settings: SETTINGS,
    ...(changes.uploadId === undefined ? { videoUrl: 'https://videos.example.com/gate.mp4' } : {}),
    ...changes,
  };
}

/** `segmentCount` segments of 50 frames each, every 5th frame sampled. */
export function planOf(segmentCount: number, changes: Partial<AnalysisPlan> = {}): AnalysisPlan {
  const frameCount = segmentCount * 50;
  const ptsUs = Float64Array.from({ length: frameCount }, (_, frame) => frame * 40_000);
  return {
    probe: PROBE,
    model: MODEL,
    framesExpected: frameCount,
    framesSampled: segmentCount * 10,
    index: {
      frameCount,
      ptsUs: Buffer.from(ptsUs.buffer),
      keyFlags: Buffer.from(Uint8Array.from({ length: frameCount }, (_, frame) => (frame % 50 === 0 ? 1 : 0))),
    },
    segments: Array.from({ length: segmentCount }, (_, segmentIndex) => ({
      segmentIndex,
      frameLo: segmentIndex * 50,
      frameHi: segmentIndex * 50 + 50,
      firstSampledFrame: segmentIndex * 50,
      sampledCount: 10,
    })),
    everyNFrames: 5,
    defaultRules: RULES,
    assessmentId: newId('as'),
    ...changes,
  };
}

export async function createQueued(db: Db, changes: Partial<NewAnalysis> = {}): Promise<AnalysisRow> {
  return (await insertAnalysis(db, newAnalysis(changes))).row;
}

/** An analysis whose segments wait for workers. */
export async function createAnalyzing(
  db: Db,
  segmentCount = 3,
  changes: Partial<NewAnalysis> = {},
): Promise<{ readonly id: string; readonly run: number; readonly assessmentId: string }> {
  const { id, run } = await createQueued(db, changes);
  await beginIngest(db, id, run);
  await saveSource(db, id, run, SOURCE);
  const saved = await savePlan(db, id, run, planOf(segmentCount));
  if (saved === undefined) throw new Error('the plan was refused');
  return { id, run, assessmentId: saved.assessmentId };
}

export function keyOf(analysis: { readonly id: string; readonly run: number }, segmentIndex: number): SegmentKey {
  return { analysisId: analysis.id, run: analysis.run, segmentIndex };
}

export async function claimed(db: Db, key: SegmentKey, workerId = 'w1'): Promise<number> {
  const claim = await claimSegment(db, { ...key, workerId, maxAttempts: 5 });
  if (claim.kind !== 'claimed') throw new Error(`the claim was answered with ${claim.kind}`);
  return claim.epoch;
}

/** The ten sampled frames of a segment of `planOf`, with that many detections each (none on the first). */
export function framesOf(segmentIndex: number, detectionsEach = 3): FrameDetections[] {
  return Array.from({ length: 10 }, (_, sample) => {
    const frameIndex = segmentIndex * 50 + sample * 5;
    const detections = sample === 0 ? [] : detectionsOf(frameIndex, detectionsEach);
    return { frameIndex, ptsMs: frameIndex * 40, detections };
  });
}

/** float32 numbers with all their bits, as a detector gives them. */
export function detectionsOf(seed: number, count: number): Detection[] {
  return Array.from({ length: count }, (_, ordinal) => ({
    classId: (seed + ordinal) % 10,
    confidence: Math.fround(1 / (1.1 + ordinal + (seed % 7) / 13)),
    box: {
      x1: Math.fround(seed / 3),
      y1: Math.fround(ordinal * 1.7),
      x2: Math.fround(seed / 3 + 50.123456),
      y2: Math.fround(ordinal * 1.7 + 80.987654),
    } as FrameBox,
  }));
}

export async function finishSegments(
  db: Db,
  analysis: { readonly id: string; readonly run: number },
  count = 3,
): Promise<void> {
  for (let segmentIndex = 0; segmentIndex < count; segmentIndex += 1) {
    const key = keyOf(analysis, segmentIndex);
    await commitSegment(db, key, await claimed(db, key), {
      frames: framesOf(segmentIndex),
      decodeMs: 10,
      inferenceMs: 20,
    });
  }
}

const ITEM = {
  rate: 0.5,
  low: 0.2,
  high: 0.8,
  unknownShare: 0.1,
  wornMs: 500,
  missingMs: 500,
  unknownMs: 100,
  violations: 1,
};

/** A small result with one track, two observations, one violation and its still. */
export function savedAssessment(changes: Partial<SavedAssessment> = {}): SavedAssessment {
  return {
    result: {
      tracks: [
        { trackId: 1, firstMs: 0, lastMs: 2_000, items: { helmet: { wornMs: 500, missingMs: 500, unknownMs: 0 } } },
      ],
      observations: [
        { trackId: 1, item: 'helmet', status: 'worn', reason: 'item_detected', startMs: 0, endMs: 500 },
        { trackId: 1, item: 'helmet', status: 'missing', reason: 'missing_class_detected', startMs: 500, endMs: 1_000 },
      ],
      violations: [
        {
          number: 1,
          trackId: 1,
          item: 'helmet',
          zone: null,
          startMs: 500,
          endMs: 1_000,
          confidence: 0.75,
          reason: 'missing_class_detected',
          evidence: { frameIndex: 20, ptsMs: 800, box: { x1: 1, y1: 2, x2: 3, y2: 4 } as FrameBox, marks: [] },
        },
      ],
      summary: { persons: 1, items: { helmet: ITEM }, byZone: [], byHour: [] },
      detectionFloorMs: 400,
    },
    report: '{"schemaVersion":"1.0"}\n',
    summary: {
      summary: { verdict: 'non_compliant', persons: 1, violations: 1, items: { helmet: ITEM }, byZone: [], byHour: [] },
      completeness: {
        framesExpected: 150,
        framesIndexed: 150,
        framesSampled: 30,
        framesAnalyzed: 30,
        analyzedUntilMs: 6_000,
        complete: true,
        reason: null,
      },
      detectionFloorMs: 400,
    },
    evidence: [
      {
        violationNumber: 1,
        storageKey: 'analyses/x/y/evidence/violation-001.jpg',
        pictureKey: 'd'.repeat(64),
        frameIndex: 20,
        ptsMs: 800,
        sizeBytes: 12_345,
        sha256: 'c'.repeat(64),
      },
    ],
    ...changes,
  };
}
