import type { StoredModel } from '../src/db/analysis-types.js';
import { planLetterbox, type Letterbox } from '../src/domain/letterbox.js';
import type { ModelEntry } from '../src/inference/manifest.js';
import { HivisError } from '../src/shared/errors.js';

/** What is stored of the model that an analysis was planned with; more than the database names. */
export type PlannedModel = StoredModel & Pick<ModelEntry, 'thresholds' | 'quality'>;

export function describeModel(entry: ModelEntry, imageSize: number, letterbox: Letterbox): PlannedModel {
  const { id, version, sha256, licence, classes, roles, thresholds, quality } = entry;
  const { inputWidthPx, inputHeightPx } = letterbox;
  const { scoreFloor } = thresholds;
  return {
    id,
    version,
    sha256,
    licence,
    classes,
    roles,
    thresholds,
    imageSize,
    inputWidthPx,
    inputHeightPx,
    scoreFloor,
    ...(quality === undefined ? {} : { quality }),
  };
}

/** How pictures of a video lie in the input of a model: the same for planning and for every segment. */
export function letterboxFor(
  entry: Pick<ModelEntry, 'stride' | 'fixedInput'>,
  picture: { readonly widthPx: number; readonly heightPx: number },
  imageSize: number,
): Letterbox {
  const { widthPx, heightPx } = picture;
  return planLetterbox({ widthPx, heightPx, imageSize, stride: entry.stride, fixedInput: entry.fixedInput });
}

/** Frames of one report must come from one model. */
export function requireSameModel(planned: StoredModel, entry: ModelEntry): void {
  if (planned.sha256 === entry.sha256) return;
  throw new HivisError(
    'model_invalid',
    `Model ${planned.id} on this worker is not the one that the analysis was planned with (sha256). Start the analysis again, or give all workers the same model file.`,
    { details: { field: 'sha256', expected: planned.sha256, found: entry.sha256 } },
  );
}
