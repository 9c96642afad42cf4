/**
 * Terminology. These words mean the same thing in code, API, UI and documents (ARCHITECTURE.md §1).
 *
 * analysis       one submitted video with its settings; its database row is the truth about its state
 * source         the video file of an analysis after download or upload, identified by SHA-256
 * frame index    every frame's presentation time and key-frame flag, read without decoding
 * sampled frame  a frame the detector runs on: every N-th entry of the frame index
 * segment        a run of the source between two key frames; the unit that is queued, retried, spread
 * detection      one box, class and confidence on one sampled frame: the model's raw word
 * person, track  one human followed over sampled frames
 * item           a required piece of equipment: `helmet`, `vest`
 * status         of a person's item: `worn`, `missing`, `unknown`
 * assessment     one evaluation of an analysis' detections under one rule set
 * violation      an interval of a track in which an item is `missing` for at least the minimum duration
 * zone           a polygon on the picture with its own required items
 * evidence       an annotated still of a violation
 * report         what an assessment says
 * worker         a process that takes jobs, never a human
 */

declare const space: unique symbol;

/** Corner coordinates; `x1 <= x2`, `y1 <= y2`. Which space they live in is the job of the two types below. */
type Corners = { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number };

/** A box in letterboxed model-input pixels. Only `domain/letterbox.ts` turns it into a FrameBox. */
export type ModelBox = Corners & { readonly [space]: 'model' };

/** A box in source pixels, after rotation metadata has been applied (the picture as a viewer sees it). */
export type FrameBox = Corners & { readonly [space]: 'frame' };

export type PointPx = { readonly x: number; readonly y: number };

/** `helmet` and `vest` for the default model; other names where a model knows other items. */
export type ItemName = string;

/** One box on one sampled frame, as the model said it. `confidence` is 0…1 and not calibrated. */
export type Detection = {
  readonly classId: number;
  readonly confidence: number;
  readonly box: FrameBox;
};

/** Every detection of one sampled frame; a frame on which nothing was found has an empty list, never no entry. */
export type FrameDetections = {
  /** Position in the frame index of the source, from 0. */
  readonly frameIndex: number;
  /** Presentation time since the first frame, whole milliseconds. */
  readonly ptsMs: number;
  readonly detections: readonly Detection[];
};

/** Which class ids of the model mean what. `missing` may be empty: absence on a visible body part counts then. */
export type ClassRoles = {
  readonly person: readonly number[];
  readonly items: Readonly<Record<ItemName, ItemRoles>>;
};
export type ItemRoles = {
  readonly worn: readonly number[];
  readonly missing: readonly number[];
  /** The body region on which the item is worn. */
  readonly region: BodyRegion;
};
export type BodyRegion = 'head' | 'torso';

export type Status = 'worn' | 'missing' | 'unknown';

/** Why a status was given. The first three explain `worn` and `missing`, the others `unknown`. */
export type ReasonCode =
  | 'item_detected'
  | 'missing_class_detected'
  | 'absent_on_visible_region'
  | 'too_small'
  | 'cut_by_frame_edge'
  | 'occluded'
  | 'low_confidence'
  | 'conflicting_detections'
  | 'not_observed';

/** A polygon on the picture. Points are fractions of the picture's width and height (0…1), so they outlive a re-encode. */
export type Zone = {
  readonly name: string;
  readonly polygon: readonly PointFraction[];
  readonly required: readonly ItemName[];
};
export type PointFraction = readonly [x: number, y: number];

/** What an assessment judges by. Everything here can be changed afterwards without inference. */
export type Rules = {
  /** Items that everybody in the picture must wear; a zone's own list replaces it inside the zone. */
  readonly required: readonly ItemName[];
  /** Detections below it are ignored, 0…1. */
  readonly minConfidence: number;
  /** Shorter violations are dropped. */
  readonly minViolationMs: number;
  /** Two violations of one track and item closer than this are one. */
  readonly mergeGapMs: number;
  readonly zones: readonly Zone[];
};

/** What an assessment has to know of the picture and the sampling besides the detections. */
export type SampledVideo = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly durationMs: number;
  /** Average frame rate of the source; null when the container has one frame only. */
  readonly fps: number | null;
  readonly everyNFrames: number;
  /** Wall-clock time of the first frame, ISO 8601 with offset; null when nobody told us. */
  readonly recordedAt: string | null;
};

export type AssessmentInput = {
  readonly video: SampledVideo;
  /** In order of `ptsMs`; one entry for every analysed sampled frame. */
  readonly frames: readonly FrameDetections[];
  readonly roles: ClassRoles;
  readonly rules: Rules;
};

/** A stretch of a track in which an item's smoothed status does not change. Half open: `startMs <= t < endMs`. */
export type Observation = {
  readonly trackId: number;
  readonly item: ItemName;
  readonly status: Status;
  readonly reason: ReasonCode;
  readonly startMs: number;
  readonly endMs: number;
};

export type ItemDurations = { readonly wornMs: number; readonly missingMs: number; readonly unknownMs: number };

export type TrackSummary = {
  /** 1, 2, 3 … in order of first appearance. */
  readonly trackId: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly items: Readonly<Record<ItemName, ItemDurations>>;
};

export type Violation = {
  /** 1, 2, 3 … in order of `startMs`, then track, then item. */
  readonly number: number;
  readonly trackId: number;
  readonly item: ItemName;
  /** Name of the zone whose rule was broken; null for the whole picture. */
  readonly zone: string | null;
  readonly startMs: number;
  readonly endMs: number;
  /** Mean confidence of the frames that say so, 0…1. */
  readonly confidence: number;
  readonly reason: ReasonCode;
  /** The sampled frame that shows it best. */
  readonly evidence: EvidenceMoment;
};

export type EvidenceMoment = {
  readonly frameIndex: number;
  readonly ptsMs: number;
  /** The person at that moment. */
  readonly box: FrameBox;
  /** What else to draw: the boxes of the items (or of the empty head or torso) of that person. */
  readonly marks: readonly { readonly box: FrameBox; readonly label: string; readonly status: Status }[];
};

/** A rate over determinate person-time and its 95 % interval over tracks; null when nobody could be judged. */
export type ItemSummary = {
  readonly rate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Share of person-time that could not be judged, 0…1; null without person-time. */
  readonly unknownShare: number | null;
  readonly wornMs: number;
  readonly missingMs: number;
  readonly unknownMs: number;
  readonly violations: number;
};

export type ComplianceSummary = {
  readonly persons: number;
  readonly items: Readonly<Record<ItemName, ItemSummary>>;
  readonly byZone: readonly {
    readonly zone: string;
    readonly persons: number;
    readonly items: Readonly<Record<ItemName, ItemSummary>>;
  }[];
  /** By hour of the day at the place of recording; empty without `recordedAt`. */
  readonly byHour: readonly {
    readonly hour: string;
    readonly persons: number;
    readonly items: Readonly<Record<ItemName, ItemSummary>>;
  }[];
};

export type AssessmentResult = {
  readonly tracks: readonly TrackSummary[];
  readonly observations: readonly Observation[];
  readonly violations: readonly Violation[];
  readonly summary: ComplianceSummary;
  /** Violations shorter than this can be missed by the sampling. */
  readonly detectionFloorMs: number;
};
