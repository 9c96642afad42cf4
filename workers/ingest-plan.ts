import { savePlan, type AnalysisPlan, type SavedPlan } from '../src/db/analyses.js';
import { encodeFrameIndex, frameIndexDurationMs, readFrameIndex, type FrameIndex } from '../src/media/frame-index.js';
import { probeVideo, type VideoProbe } from '../src/media/probe.js';
import { planSegments } from '../src/media/segment-plan.js';
import { HivisError } from '../src/shared/errors.js';
import { newId } from '../src/shared/ids.js';
import { expectedFrames } from './completeness.js';
import type { JobDeps } from './deps.js';
import type { StoredSource } from './ingest-source.js';
import { describeModel, letterboxFor } from './planned-model.js';

export type ProbedSource = { readonly probe: VideoProbe; readonly index: FrameIndex; readonly durationMs: number };

/** Probe and frame index of a local file, within the limits of the configuration. Throws `source_too_long`. */
export async function probeSource(
  deps: Pick<JobDeps, 'tools' | 'config'>,
  filePath: string,
  signal: AbortSignal,
): Promise<ProbedSource> {
  const probe = await probeVideo(deps.tools, filePath, { signal });
  checkDuration(probe.declaredDurationMs ?? 0, deps.config.limits.maxDurationMs);
  const index = await readFrameIndex(deps.tools, filePath, probe, { signal });
  const durationMs = frameIndexDurationMs(index, probe);
  checkDuration(durationMs, deps.config.limits.maxDurationMs);
  return { probe, index, durationMs };
}

/** Every N-th frame: as asked for, or the N that comes closest to the wished rate. */
export function chooseEveryN(
  settings: { readonly everyNFrames: number | null; readonly sampleFps: number | null },
  fps: number | null,
  fallback: number,
): number {
  if (settings.everyNFrames !== null) return settings.everyNFrames;
  if (settings.sampleFps === null) return fallback;
  return Math.max(1, Math.round((fps ?? settings.sampleFps) / settings.sampleFps));
}

/** Probes the stored source, cuts it into segments and saves the plan. Throws `cancelled` when the analysis has ended. */
export async function planAnalysis(deps: JobDeps, row: StoredSource, signal: AbortSignal): Promise<SavedPlan> {
  const probed = await deps.sourceCache.withFile(
    row.sourceKey,
    row.sourceSizeBytes,
    (filePath) => probeSource(deps, filePath, signal),
    { signal },
  );
  const saved = await savePlan(deps.sql, row.id, row.run, buildPlan(deps, row, probed));
  if (saved === undefined) throw new HivisError('cancelled', `Analysis ${row.id} needs no more work.`);
  return saved;
}

function buildPlan(deps: JobDeps, row: StoredSource, { probe, index, durationMs }: ProbedSource): AnalysisPlan {
  const { defaults } = deps.config;
  const entry = deps.models.find(row.settings.modelId);
  const everyNFrames = chooseEveryN(row.settings, probe.fps, defaults.everyNFrames);
  const segments = planSegments(index, { everyNFrames, targetSampledFrames: defaults.segmentTargetFrames });
  const letterbox = letterboxFor(entry, probe, row.settings.imageSize);
  const frameCount = index.ptsUs.length;
  return {
    probe: { ...probe, durationMs },
    model: describeModel(entry, row.settings.imageSize, letterbox),
    framesExpected: expectedFrames(probe, frameCount, durationMs),
    framesSampled: segments.reduce((sum, segment) => sum + segment.sampledCount, 0),
    index: { frameCount, ...encodeFrameIndex(index) },
    segments,
    everyNFrames,
    defaultRules: row.settings.rules,
    assessmentId: newId('as'),
  };
}

function checkDuration(durationMs: number, maxDurationMs: number): void {
  if (durationMs <= maxDurationMs) return;
  const minutes = (ms: number): string => (ms / 60_000).toFixed(1);
  throw new HivisError(
    'source_too_long',
    `The video is ${minutes(durationMs)} minutes long, more than the ${minutes(maxDurationMs)} allowed. Cut it, or raise MAX_DURATION_MS.`,
    { details: { durationMs, maxDurationMs } },
  );
}
