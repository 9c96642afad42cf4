import type { AnalysisRow } from '../db/analyses.js';
import type { Db } from '../db/client.js';
import { getAnalysisScreen, type AnalysisScreen } from '../db/screens.js';
import { redactUrl } from '../ingest/url-guard.js';
import { HivisError } from '../shared/errors.js';
import { buildProgress } from './progress.js';
import type { AnalysisView, ErrorView } from './schemas.js';

export async function findAnalysisView(db: Db, analysisId: string): Promise<AnalysisView | undefined> {
  const screen = await getAnalysisScreen(db, analysisId);
  return screen === undefined ? undefined : toAnalysisView(screen);
}

/** Throws `analysis_not_found`. */
export async function readAnalysisView(db: Db, analysisId: string): Promise<AnalysisView> {
  const view = await findAnalysisView(db, analysisId);
  if (view === undefined)
    throw new HivisError('analysis_not_found', `There is no analysis ${analysisId}. It may have been deleted.`);
  return view;
}

/** An analysis that has just been stored: nothing of it has begun, so there is nothing more to read. */
export function toFreshView(row: AnalysisRow): AnalysisView {
  return toAnalysisView({
    ...row,
    segmentsTotal: null,
    segmentsDone: 0,
    framesDone: 0,
    framesPerSecond: null,
    assessmentId: null,
    assessmentStatus: null,
    summary: null,
  });
}

/** What the outside sees of an analysis: no storage keys, no secrets of URLs. */
export function toAnalysisView(screen: AnalysisScreen): AnalysisView {
  return {
    id: screen.id,
    run: screen.run,
    name: screen.name,
    tag: screen.tag,
    status: screen.status,
    cancelRequested: screen.cancelRequestedAt !== null,
    progress: buildProgress({
      status: screen.status,
      uploaded: screen.uploadId !== null,
      bytesDone: screen.bytesDone,
      bytesTotal: screen.bytesTotal,
      framesDone: screen.framesDone,
      framesTotal: screen.framesSampled,
      segmentsDone: screen.segmentsDone,
      segmentsTotal: screen.segmentsTotal,
      framesPerSecond: screen.framesPerSecond,
    }),
    priority: screen.priority,
    createdAt: screen.createdAt.toISOString(),
    startedAt: screen.startedAt?.toISOString() ?? null,
    finishedAt: screen.finishedAt?.toISOString() ?? null,
    updatedAt: screen.updatedAt.toISOString(),
    recordedAt: screen.recordedAt,
    callbackUrl: screen.callbackUrl === null ? null : redactUrl(screen.callbackUrl),
    source: toSource(screen),
    model:
      screen.model === null
        ? null
        : { id: screen.model.id, version: screen.model.version, sha256: screen.model.sha256 },
    settings: toSettings(screen),
    completeness: screen.summary?.completeness ?? null,
    detectionFloorMs: screen.summary?.detectionFloorMs ?? null,
    assessmentId: screen.assessmentId,
    summary: screen.summary?.summary ?? null,
    error: toErrorView(screen.error),
    links: toLinks(screen),
  };
}

function toSource(screen: AnalysisScreen): AnalysisView['source'] {
  const probe = screen.sourceProbe;
  return {
    url: screen.videoUrl === null ? null : redactUrl(screen.videoUrl),
    uploadId: screen.uploadId,
    fileName: screen.sourceFileName,
    sha256: screen.sourceSha256,
    sizeBytes: screen.sourceSizeBytes,
    durationMs: probe?.durationMs ?? null,
    widthPx: probe?.widthPx ?? null,
    heightPx: probe?.heightPx ?? null,
    fps: probe?.fps ?? null,
    codec: probe?.codec ?? null,
  };
}

function toSettings({ settings }: AnalysisScreen): AnalysisView['settings'] {
  const { rules } = settings;
  return {
    everyNFrames: settings.everyNFrames,
    sampleFps: settings.sampleFps,
    imageSize: settings.imageSize,
    modelId: settings.modelId,
    rules: toRulesView(rules),
  };
}

export function toRulesView(rules: AnalysisScreen['settings']['rules']): AnalysisView['settings']['rules'] {
  return {
    required: [...rules.required],
    minConfidence: rules.minConfidence,
    minViolationMs: rules.minViolationMs,
    mergeGapMs: rules.mergeGapMs,
    zones: rules.zones.map((zone) => ({
      name: zone.name,
      polygon: zone.polygon.map(([x, y]): [number, number] => [x, y]),
      required: [...zone.required],
    })),
  };
}

/** Details stay inside: they may name hosts, files and commands of this machine. */
export function toErrorView(error: AnalysisScreen['error']): ErrorView | null {
  return error === null ? null : { code: error.code, message: error.message, retryable: error.retryable };
}

function toLinks(screen: AnalysisScreen): AnalysisView['links'] {
  const self = `/v1/analyses/${screen.id}`;
  const hasReport = screen.assessmentStatus === 'completed';
  return {
    self,
    events: `${self}/events`,
    assessments: `${self}/assessments`,
    violations: `${self}/violations`,
    detections: `${self}/detections`,
    video: screen.sourceKey === null ? null : `${self}/video`,
    ...reportLinks(hasReport ? self : null, ''),
  };
}

/** Where the four formats of a report are; null before there is one. */
export function reportLinks(self: string | null, query: string) {
  const link = (format: string): string | null => (self === null ? null : `${self}/report.${format}${query}`);
  return { reportHtml: link('html'), reportPdf: link('pdf'), reportCsv: link('csv'), reportJson: link('json') };
}
