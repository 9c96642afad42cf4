import type { Rules, AssessmentResult, FrameDetections, SampledVideo } from '../src/domain/terms.js';
import { redactUrl } from '../src/ingest/url-guard.js';
import { framePtsMs, type FrameIndex } from '../src/media/frame-index.js';
import type { ReportInput } from '../src/report/build-report.js';
import { modelNotes } from '../src/report/model-notes.js';
import { HIVIS_VERSION } from '../src/shared/version.js';
import { buildCompleteness } from './completeness.js';
import type { PlannedAnalysis } from './segment-run.js';

/** What is reported on: rows and files turned into plain facts. */
export type ReportFacts = {
  readonly row: PlannedAnalysis;
  readonly assessmentId: string;
  readonly rules: Rules;
  readonly index: FrameIndex;
  readonly frames: readonly FrameDetections[];
  readonly everyNFrames: number;
  /**
   * When what is reported was complete: the end of the last segment, or the request of a re-score. Not the clock, so that
   * a second attempt (or a worker that wakes up late) writes the same bytes to the same files.
   */
  readonly generatedAt: Date;
};

export function sampledVideo(facts: ReportFacts): SampledVideo {
  const { widthPx, heightPx, durationMs, fps } = facts.row.sourceProbe;
  return { widthPx, heightPx, durationMs, fps, everyNFrames: facts.everyNFrames, recordedAt: facts.row.recordedAt };
}

export function completenessOf(facts: ReportFacts): ReportInput['completeness'] {
  const { row, index, frames } = facts;
  const framesIndexed = index.ptsUs.length;
  const counts = {
    framesExpected: row.framesExpected ?? framesIndexed,
    framesIndexed,
    framesSampled: row.framesSampled ?? frames.length,
    framesAnalyzed: frames.length,
    analyzedUntilMs: analyzedUntilMs(facts),
  };
  return buildCompleteness(counts, row.sourceProbe.missingBytes);
}

/** The time of the first sampled frame after the last one that was analysed, or the end of the video. */
function analyzedUntilMs({ row, index, frames, everyNFrames }: ReportFacts): number {
  const last = frames.at(-1);
  if (last === undefined) return 0;
  const next = last.frameIndex + everyNFrames;
  return next < index.ptsUs.length ? framePtsMs(index, next) : row.sourceProbe.durationMs;
}

export function reportInput(
  facts: ReportFacts,
  result: AssessmentResult,
  evidence: ReportInput['evidence'],
): ReportInput {
  const { row } = facts;
  const { model } = row;
  return {
    generatedAt: facts.generatedAt.toISOString(),
    hivisVersion: HIVIS_VERSION,
    analysis: {
      id: row.id,
      assessmentId: facts.assessmentId,
      name: row.name,
      tag: row.tag,
      createdAt: row.createdAt.toISOString(),
      recordedAt: row.recordedAt,
      settings: {
        everyNFrames: facts.everyNFrames,
        imageSize: row.settings.imageSize,
        rules: mutableRules(facts.rules),
      },
    },
    source: sourceFacts(row),
    model: {
      id: model.id,
      version: model.version,
      sha256: model.sha256,
      licence: model.licence,
      imageSize: model.imageSize,
      inputWidthPx: model.inputWidthPx,
      inputHeightPx: model.inputHeightPx,
      thresholds: { scoreFloor: model.thresholds.scoreFloor, nmsIou: model.thresholds.nmsIou },
      notes: modelNotes(model.quality),
    },
    completeness: completenessOf(facts),
    result,
    evidence,
  };
}

function sourceFacts(row: PlannedAnalysis): ReportInput['source'] {
  const { sourceProbe: probe } = row;
  return {
    url: row.videoUrl === null ? null : redactUrl(row.videoUrl),
    fileName: row.sourceFileName ?? 'video',
    sha256: row.sourceSha256 ?? '',
    sizeBytes: row.sourceSizeBytes,
    durationMs: probe.durationMs,
    widthPx: probe.widthPx,
    heightPx: probe.heightPx,
    fps: probe.fps,
    codec: probe.codec,
    container: probe.container,
  };
}

/** The report's schema describes plain JSON, where nothing is read-only. */
function mutableRules(rules: Rules): ReportInput['analysis']['settings']['rules'] {
  return {
    ...rules,
    required: [...rules.required],
    zones: rules.zones.map((zone) => ({
      ...zone,
      required: [...zone.required],
      polygon: zone.polygon.map(([x, y]): [number, number] => [x, y]),
    })),
  };
}
