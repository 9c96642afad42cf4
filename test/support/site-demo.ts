import { readFileSync } from 'node:fs';
import { frameBox } from '../../src/domain/box-geometry.js';
import type { FrameDetections, SampledVideo } from '../../src/domain/terms.js';

type StoredDetection = readonly [classId: number, confidence: number, x1: number, y1: number, x2: number, y2: number];
type StoredDetections = {
  readonly video: SampledVideo;
  readonly frames: readonly {
    readonly frameIndex: number;
    readonly ptsMs: number;
    readonly detections: readonly StoredDetection[];
  }[];
};

/** What the default model saw on samples/site-demo.mp4: every 5th frame at 480 px, score floor 0.05. */
export function loadSiteDemo(): { readonly video: SampledVideo; readonly frames: readonly FrameDetections[] } {
  const file = new URL('../fixtures/site-demo-detections.json', import.meta.url);
  const { video, frames } = JSON.parse(readFileSync(file, 'utf8')) as StoredDetections;
  return {
    video,
    frames: frames.map(({ frameIndex, ptsMs, detections }) => ({
      frameIndex,
      ptsMs,
      detections: detections.map(([classId, confidence, x1, y1, x2, y2]) => {
        return { classId, confidence, box: frameBox(x1, y1, x2, y2) };
      }),
    })),
  };
}

/** A stretch in which a worker of the sample demonstrably breaks the rule, ms. */
export type TrueViolation = {
  readonly worker: string;
  readonly item: string;
  readonly startMs: number;
  readonly endMs: number;
};

const ITEMS: Readonly<Record<string, string>> = { 'NO-Hardhat': 'helmet', 'NO-Safety Vest': 'vest' };

/** Violations of samples/ground_truth.json by what can be seen (`evident_from` to `evident_to`), and its people. */
export function loadGroundTruth(): { readonly workers: number; readonly violations: readonly TrueViolation[] } {
  const file = new URL('../../samples/ground_truth.json', import.meta.url);
  const { workers } = JSON.parse(readFileSync(file, 'utf8')) as {
    workers: Record<string, { violations: { type: string; evident_from: number; evident_to: number }[] }>;
  };
  const violations = Object.entries(workers).flatMap(([worker, entry]) =>
    entry.violations.map(({ type, evident_from, evident_to }) => ({
      worker,
      item: ITEMS[type] ?? type,
      startMs: evident_from * 1000,
      endMs: evident_to * 1000,
    })),
  );
  return { workers: Object.keys(workers).length, violations };
}
