import {
  formatBytes,
  formatConfidence,
  formatCount,
  formatDateTime,
  formatFps,
  formatThreshold,
  formatTime,
} from './format.js';
import type { Report } from './schema.js';
import { detectionFloorSentence, itemWord, listWords } from './words.js';

/** A labelled value; `code` values are hashes and ids, set in a fixed-width face and free to break anywhere. */
export type Fact = { readonly label: string; readonly value: string; readonly code?: boolean };

export function sourceFacts(report: Report): Fact[] {
  const { source, analysis } = report;
  const picture = `${source.widthPx} × ${source.heightPx} px, ${formatFps(source.fps)}, ${source.codec} in ${source.container}`;
  return [
    { label: 'File', value: source.fileName },
    ...(source.url === null ? [] : [{ label: 'URL', value: source.url }]),
    { label: 'SHA-256', value: source.sha256, code: true },
    { label: 'Duration', value: formatTime(source.durationMs) },
    { label: 'Size', value: formatBytes(source.sizeBytes) },
    { label: 'Picture', value: picture },
    { label: 'Recorded', value: analysis.recordedAt === null ? 'Not stated' : formatDateTime(analysis.recordedAt) },
  ];
}

export function analysisFacts(report: Report): Fact[] {
  const { analysis, completeness } = report;
  const share = `${formatCount(completeness.framesAnalyzed)} of ${formatCount(completeness.framesSampled)} sampled frames`;
  return [
    { label: 'Analysis', value: analysis.id, code: true },
    { label: 'Assessment', value: analysis.assessmentId, code: true },
    { label: 'Submitted', value: formatDateTime(analysis.createdAt) },
    { label: 'Report made', value: formatDateTime(report.generatedAt) },
    {
      label: 'Completeness',
      value: completeness.complete ? 'Complete' : 'Incomplete',
    },
    { label: 'Analysed', value: `${share}, until ${formatTime(completeness.analyzedUntilMs)}` },
    {
      label: 'Frames in file',
      value: `${formatCount(completeness.framesIndexed)} of ${formatCount(completeness.framesExpected)} expected`,
    },
  ];
}

export function methodFacts(report: Report): Fact[] {
  const { model, analysis } = report;
  const { rules } = analysis.settings;
  return [
    { label: 'Model', value: `${model.id}, version ${model.version}, licence ${model.licence}` },
    { label: 'Model SHA-256', value: model.sha256, code: true },
    {
      label: 'Sampling',
      value: `${detectionFloorSentence(report)} Each sampled frame was looked at on its own, scaled to ${model.inputWidthPx} × ${model.inputHeightPx} px.`,
    },
    { label: 'Thresholds', value: thresholdSentence(report) },
    {
      label: 'Tracking',
      value:
        'Persons are followed over the sampled frames by two-stage association of boxes with a constant-velocity Kalman filter (ByteTrack style). Tracks of somebody who was hidden are joined where place and direction fit.',
    },
    {
      label: 'Status',
      value:
        'On every sampled frame each required item of each person is worn, missing or unknown (too small, cut off, hidden, uncertain). The status is smoothed over time, so that one odd frame changes nothing.',
    },
    { label: 'Required', value: requiredSentence(rules) },
    {
      label: 'Violation',
      value: `An item missing for at least ${formatThreshold(rules.minViolationMs)}. Two of the same person and item that are less than ${formatThreshold(rules.mergeGapMs)} apart count as one.`,
    },
    {
      label: 'Rate',
      value:
        'Time worn divided by time worn or missing, added up over all persons. Unknown time counts neither way; its share stands beside the rate. The 95 % interval (Wilson) takes persons, not frames, as the sample, because frames of one person resemble each other.',
    },
    { label: 'Program', value: `hivis ${report.generator.version}` },
  ];
}

function thresholdSentence({ model, analysis }: Report): string {
  const used = `Detections with a confidence below ${formatConfidence(analysis.settings.rules.minConfidence)} are ignored.`;
  if (model.thresholds === null) return used;
  const { scoreFloor, nmsIou } = model.thresholds;
  return `${used} Kept by the detector from ${formatConfidence(scoreFloor)} on; overlapping boxes of one class above ${formatConfidence(nmsIou)} intersection over union are one.`;
}

function requiredSentence(rules: Report['analysis']['settings']['rules']): string {
  const everywhere = rules.required.length === 0 ? 'nothing' : listWords(rules.required.map(itemWord));
  if (rules.zones.length === 0) return `Of everybody in the picture: ${everywhere}.`;
  const zones = rules.zones.map((zone) => `${zone.name} (${listWords(zone.required.map(itemWord)) || 'nothing'})`);
  return `Of everybody in the picture: ${everywhere}. Inside zones instead: ${zones.join('; ')}.`;
}

/** What a reader must know before acting on the report. */
export function limitSentences(report: Report): string[] {
  return [
    'Made by a program from recorded pictures. It supports the judgement of a competent person and does not replace it: look at the still of a violation before acting on it.',
    'The confidence is the model’s own score. It is not calibrated and is not the probability that a finding is right.',
    'Nobody is identified. Persons are counted as tracks: somebody who leaves the picture, or is hidden for long, and comes back is counted again.',
    'People who are small, far away, cut off or hidden are unknown rather than compliant. Heads seen from above, caps and hoods, darkness and thermal pictures are hard for the model.',
    'Only what the camera saw is judged, and only whether an item is worn: not its condition, fit, class or certificate.',
    `${detectionFloorSentence(report)} Start and end of a violation are known to within the sampling.`,
    ...(report.completeness.complete
      ? []
      : ['Not all of the video could be analysed. Every figure holds for the analysed part only.']),
    ...report.model.notes,
  ];
}
