import type { AnalysisView, Progress } from './schemas.js';

/** What progress is computed from; everything that is not known yet is null. */
export type ProgressFacts = {
  readonly status: AnalysisView['status'];
  /** The video is here already: nothing has to be fetched. */
  readonly uploaded: boolean;
  readonly bytesDone: number | null;
  readonly bytesTotal: number | null;
  readonly framesDone: number;
  readonly framesTotal: number | null;
  readonly segmentsDone: number;
  readonly segmentsTotal: number | null;
  /** Sampled frames per second of this analysis, measured; null when nothing was measured. */
  readonly framesPerSecond: number | null;
};

/** The share of the whole that each phase gets. What has been reached is never given back, so phases only add up. */
const DOWNLOAD_PERCENT = 5;
const ANALYSIS_PERCENT = 92;
/** Only a finished analysis is at 100. */
const MOST_PERCENT = 99.9;
/** Roughly what tracking, stills and the report take. */
const REPORT_SECONDS = 3;

export function buildProgress(facts: ProgressFacts): Progress {
  const framesTotal = facts.framesTotal;
  return {
    percent: percent(facts),
    basis: framesTotal !== null ? 'frames' : bytesShare(facts) !== null ? 'bytes' : 'unknown',
    framesDone: framesTotal === null ? facts.framesDone : Math.min(facts.framesDone, framesTotal),
    framesTotal,
    bytesDone: facts.bytesDone,
    bytesTotal: facts.bytesTotal,
    segmentsDone: facts.segmentsDone,
    segmentsTotal: facts.segmentsTotal,
    etaSeconds: etaSeconds(facts),
  };
}

function percent(facts: ProgressFacts): number | null {
  switch (facts.status) {
    case 'completed':
    case 'completed_partial':
      return 100;
    case 'reporting':
      return DOWNLOAD_PERCENT + ANALYSIS_PERCENT;
    case 'queued':
      return reached(facts) ?? 0;
    case 'probing':
    case 'analyzing':
      return Math.max(DOWNLOAD_PERCENT, reached(facts) ?? 0);
    case 'downloading':
    case 'failed':
    case 'cancelled':
      return reached(facts);
  }
}

function reached(facts: ProgressFacts): number | null {
  const bytes = bytesShare(facts);
  const frames = framesShare(facts);
  if (frames !== null) return round(DOWNLOAD_PERCENT + ANALYSIS_PERCENT * frames);
  if (facts.uploaded) return DOWNLOAD_PERCENT;
  return bytes === null ? null : round(DOWNLOAD_PERCENT * bytes);
}

function bytesShare({ bytesDone, bytesTotal }: ProgressFacts): number | null {
  if (bytesDone === null || bytesTotal === null || bytesTotal <= 0) return null;
  return Math.min(1, bytesDone / bytesTotal);
}

function framesShare({ framesDone, framesTotal }: ProgressFacts): number | null {
  if (framesTotal === null) return null;
  return framesTotal === 0 ? 1 : Math.min(1, framesDone / framesTotal);
}

/** One decimal, rounded down so that it never announces what has not happened. */
function round(value: number): number {
  return Math.min(MOST_PERCENT, Math.floor(value * 10) / 10);
}

function etaSeconds(facts: ProgressFacts): number | null {
  if (facts.status === 'reporting') return REPORT_SECONDS;
  if (facts.status !== 'analyzing' || facts.framesTotal === null) return null;
  if (facts.framesPerSecond === null || facts.framesPerSecond <= 0) return null;
  const framesLeft = Math.max(0, facts.framesTotal - facts.framesDone);
  return Math.ceil(framesLeft / facts.framesPerSecond) + REPORT_SECONDS;
}
