import { formatConfidence } from './format.js';

/**
 * What a manifest's `quality` says of a model, as sentences for the limits of a report: `dataset`, `map50` and
 * `map50ByClass` (average precision at an overlap of 0.5). Fields that are absent or of another kind are left out.
 */
export function modelNotes(quality: Readonly<Record<string, unknown>> | undefined): string[] {
  const map50 = quality?.['map50'];
  if (quality === undefined || typeof map50 !== 'number') return [];
  const { dataset, map50ByClass } = quality;
  const on = typeof dataset === 'string' ? ` on ${dataset}` : '';
  const classes = isRecord(map50ByClass) ? Object.entries(map50ByClass).filter(isScore) : [];
  const perClass = classes.map(([name, score]) => `${name} ${formatConfidence(score)}`).join(', ');
  const whole = `Quality of the model, measured${on}: average precision (mAP50) ${formatConfidence(map50)} over all classes`;
  return [
    perClass === '' ? `${whole}.` : `${whole}; ${perClass}. The lower the figure, the more it misses or mistakes.`,
  ];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScore(entry: [string, unknown]): entry is [string, number] {
  return typeof entry[1] === 'number';
}
