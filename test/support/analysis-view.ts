import type { AnalysisView } from '../../src/api/schemas.js';

const ID = 'an_0192f3c1a8b400000000000000000001';

type Changes = Partial<Omit<AnalysisView, 'progress'>> & { readonly progress?: Partial<AnalysisView['progress']> };

/** What the API says about an analysis that has just been queued, with changes. */
export function analysisView(changes: Changes = {}): AnalysisView {
  const { progress, ...rest } = changes;
  const self = `/v1/analyses/${ID}`;
  return {
    id: ID,
    run: 1,
    name: 'gate.mp4',
    tag: null,
    status: 'queued',
    cancelRequested: false,
    priority: 'normal',
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    updatedAt: '2026-01-01T00:00:00.000Z',
    recordedAt: null,
    callbackUrl: null,
    source: {
      url: null,
      uploadId: 'up_0192f3c1a8b400000000000000000001',
      fileName: 'gate.mp4',
      sha256: null,
      sizeBytes: null,
      durationMs: null,
      widthPx: null,
      heightPx: null,
      fps: null,
      codec: null,
    },
    model: null,
    settings: {
      everyNFrames: 5,
      sampleFps: null,
      imageSize: 480,
      modelId: 'ppe-yolov8n',
      rules: { required: ['helmet', 'vest'], minConfidence: 0.25, minViolationMs: 1000, mergeGapMs: 1000, zones: [] },
    },
    completeness: null,
    assessmentId: null,
    summary: null,
    detectionFloorMs: null,
    error: null,
    links: {
      self,
      events: `${self}/events`,
      assessments: `${self}/assessments`,
      violations: `${self}/violations`,
      detections: `${self}/detections`,
      video: null,
      reportHtml: null,
      reportPdf: null,
      reportCsv: null,
      reportJson: null,
    },
    ...rest,
    progress: {
      percent: null,
      basis: 'unknown',
      framesDone: 0,
      framesTotal: null,
      bytesDone: null,
      bytesTotal: null,
      segmentsDone: 0,
      segmentsTotal: null,
      etaSeconds: null,
      ...progress,
    },
  };
}
