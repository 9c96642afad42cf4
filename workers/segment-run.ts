import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { AnalysisRow } from '../src/db/analysis-types.js';
import { getFrameIndex } from '../src/db/frame-indexes.js';
import type { SegmentRow } from '../src/db/segments.js';
import type { FrameDetections } from '../src/domain/terms.js';
import { decodeFrameIndex, framePtsMs, type FrameIndex } from '../src/media/frame-index.js';
import { openFrameSource } from '../src/media/frame-source.js';
import type { VideoProbe } from '../src/media/probe.js';
import { throwIfCancelled } from '../src/shared/abort.js';
import { HivisError } from '../src/shared/errors.js';
import type { JobDeps } from './deps.js';
import { letterboxFor, requireSameModel, type PlannedModel } from './planned-model.js';

/** Whatever a segment holds, it does not take this long; a decoder that hangs is ended. */
const SEGMENT_TIMEOUT_MS = 30 * 60_000;

/** The ingest job stores the whole probe, which is more than the database names. */
export type StoredVideoProbe = VideoProbe & { readonly durationMs: number };

/** An analysis with what planning has found out. */
export type PlannedAnalysis = AnalysisRow & {
  readonly sourceKey: string;
  readonly sourceSizeBytes: number;
  readonly sourceProbe: StoredVideoProbe;
  readonly model: PlannedModel;
};

export type SegmentFindings = {
  readonly frames: readonly FrameDetections[];
  readonly decodeMs: number;
  readonly inferenceMs: number;
};

/** Throws `internal` for a row that was never planned. */
export function requirePlanned(row: AnalysisRow): PlannedAnalysis {
  const { sourceKey, sourceSizeBytes, sourceProbe, model } = row;
  if (sourceKey === null || sourceSizeBytes === null || sourceProbe === null || model === null)
    throw new HivisError('internal', `Analysis ${row.id} has not been planned.`);
  return {
    ...row,
    sourceKey,
    sourceSizeBytes,
    sourceProbe: sourceProbe as StoredVideoProbe,
    model: model as PlannedModel,
  };
}

export async function loadFrameIndex(deps: Pick<JobDeps, 'sql'>, row: PlannedAnalysis): Promise<FrameIndex> {
  const stored = await getFrameIndex(deps.sql, row.id);
  if (stored === undefined) throw new HivisError('internal', `Analysis ${row.id} has no frame index.`);
  return decodeFrameIndex(stored, row.sourceProbe.formatStartUs);
}

/**
 * Decodes the sampled frames of a segment and runs the detector on each. Fewer frames than planned when the file is
 * damaged; that is for the report to say. Throws the abort reason between two frames.
 */
export async function runSegment(
  deps: JobDeps,
  row: PlannedAnalysis,
  segment: SegmentRow,
  signal: AbortSignal,
  onFrame: (framesDone: number) => void,
): Promise<SegmentFindings> {
  const detector = await deps.models.detector(row.model.id);
  requireSameModel(row.model, detector.entry);
  const index = await loadFrameIndex(deps, row);
  const letterbox = letterboxFor(detector.entry, row.sourceProbe, row.model.imageSize);
  detector.prepare(letterbox);
  const everyNFrames = row.settings.everyNFrames ?? deps.config.defaults.everyNFrames;
  return deps.sourceCache.withFile(
    row.sourceKey,
    row.sourceSizeBytes,
    async (file) => {
      throwIfCancelled(signal);
      const probe = row.sourceProbe;
      const pictures = openFrameSource(deps.tools, {
        ...{ file, index, segment, everyNFrames, letterbox, probe, signal },
        timeoutMs: SEGMENT_TIMEOUT_MS,
      });
      const frames: FrameDetections[] = [];
      let inferenceMs = 0;
      for await (const { frameIndex, rgb } of pictures) {
        throwIfCancelled(signal);
        const startMs = performance.now();
        const detections = await detector.detect(rgb, letterbox);
        inferenceMs += performance.now() - startMs;
        frames.push({ frameIndex, ptsMs: framePtsMs(index, frameIndex), detections });
        onFrame(frames.length);
        // A detection blocks this thread; lock renewals and heartbeats get their turn here.
        await yieldToEvents();
      }
      return { frames, decodeMs: pictures.decodeMs, inferenceMs };
    },
    { signal },
  );
}
