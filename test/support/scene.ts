import { frameBox } from '../../src/domain/box-geometry.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import type {
  AssessmentInput,
  ClassRoles,
  Detection,
  FrameBox,
  FrameDetections,
  Rules,
  SampledVideo,
} from '../../src/domain/terms.js';

/** Class ids as in the default model. */
export const HELMET = 0;
export const BARE_HEAD = 2;
export const NO_VEST = 4;
export const PERSON = 5;
export const VEST = 7;

export const ROLES: ClassRoles = {
  person: [PERSON],
  items: {
    helmet: { worn: [HELMET], missing: [BARE_HEAD], region: 'head' },
    vest: { worn: [VEST], missing: [NO_VEST], region: 'torso' },
  },
};

/** A model that knows helmets and vests but not their lack. */
export const ROLES_WITHOUT_MISSING: ClassRoles = {
  person: [PERSON],
  items: {
    helmet: { worn: [HELMET], missing: [], region: 'head' },
    vest: { worn: [VEST], missing: [], region: 'torso' },
  },
};

export const VIDEO: SampledVideo = {
  widthPx: 1000,
  heightPx: 600,
  durationMs: 10_000,
  fps: 25,
  everyNFrames: 5,
  recordedAt: null,
};

export function detection(classId: number, box: FrameBox, confidence = 0.6): Detection {
  return { classId, confidence, box };
}

/** What stands on a person's head and body; `confidence` is that of every box. */
export type Wearing = {
  readonly helmet?: boolean | null;
  readonly vest?: boolean | null;
  readonly confidence?: number;
};

/** A person 80 px wide and 200 px high whose box starts at (x, y), with a head and a torso box; null draws none. */
export function worker(
  x: number,
  y: number,
  { helmet = true, vest = true, confidence = 0.6 }: Wearing = {},
): Detection[] {
  const boxes = [detection(PERSON, frameBox(x, y, x + 80, y + 200), confidence)];
  const head = frameBox(x + 25, y, x + 55, y + 30);
  const torso = frameBox(x + 12, y + 36, x + 68, y + 104);
  if (helmet !== null) boxes.push(detection(helmet ? HELMET : BARE_HEAD, head, confidence));
  if (vest !== null) boxes.push(detection(vest ? VEST : NO_VEST, torso, confidence));
  return boxes;
}

/** Frames every `intervalMs` from 0; `draw` says what the detector sees at a time. */
export function film(
  draw: (ptsMs: number) => Detection[],
  { durationMs = VIDEO.durationMs, intervalMs = 200 }: { durationMs?: number; intervalMs?: number } = {},
): FrameDetections[] {
  const frames: FrameDetections[] = [];
  for (let ptsMs = 0; ptsMs < durationMs; ptsMs += intervalMs) {
    frames.push({ frameIndex: Math.round(ptsMs / 40), ptsMs, detections: draw(ptsMs) });
  }
  return frames;
}

export function input(
  frames: readonly FrameDetections[],
  change: { rules?: Partial<Rules>; video?: Partial<SampledVideo>; roles?: ClassRoles } = {},
): AssessmentInput {
  return {
    frames,
    roles: change.roles ?? ROLES,
    rules: { ...DEFAULT_RULES, ...change.rules },
    video: { ...VIDEO, ...change.video },
  };
}
