import { modelBox, toFrameBox, type Letterbox } from '../domain/letterbox.js';
import { createNmsScratch, suppressNonMaxima } from '../domain/nms.js';
import type { Detection } from '../domain/terms.js';
import { createCandidates, decodeYolov8Output, type DecodeOutcome } from '../domain/yolov8-output.js';
import { HivisError } from '../shared/errors.js';
import type { ModelEntry } from './model-entry.js';

/** A model that proposes more boxes than this on one picture is broken. */
const MAX_CANDIDATES = 16_384;
const MAX_DETECTIONS = 300;

export type OutputReader = (output: Float32Array, anchorCount: number, letterbox: Letterbox) => Detection[];

/**
 * Reads the raw output [1, 4 + classes, anchors] of a model: boxes in source pixels with confidence ≥ the score floor,
 * most confident first, then by class, then from left to right. Working memory is made once and used for every
 * picture. The reader throws `inference_failed` for an output that makes no sense.
 */
export function createOutputReader(entry: Pick<ModelEntry, 'id' | 'classes' | 'thresholds'>): OutputReader {
  const candidates = createCandidates(MAX_CANDIDATES);
  const scratch = createNmsScratch(MAX_CANDIDATES);
  const { scoreFloor, nmsIou } = entry.thresholds;
  const settings = { iou: nmsIou, maxDetections: MAX_DETECTIONS };
  const classCount = entry.classes.length;
  return (output, anchorCount, letterbox) => {
    const outcome = decodeYolov8Output(output, { classCount, anchorCount, scoreFloor }, candidates);
    if (outcome !== 'ok') throw nonsense(entry.id, outcome);
    const { x1, y1, x2, y2, score, classId } = candidates;
    const detections: Detection[] = [];
    for (const at of suppressNonMaxima(candidates, settings, scratch)) {
      const box = toFrameBox(modelBox(x1[at] ?? 0, y1[at] ?? 0, x2[at] ?? 0, y2[at] ?? 0), letterbox);
      // Nothing is left of a box in the grey border.
      if (box.x2 > box.x1 && box.y2 > box.y1)
        detections.push({ classId: classId[at] ?? 0, confidence: score[at] ?? 0, box });
    }
    return detections.sort((a, b) => b.confidence - a.confidence || a.classId - b.classId || a.box.x1 - b.box.x1);
  };
}

function nonsense(modelId: string, outcome: Exclude<DecodeOutcome, 'ok'>): HivisError {
  const problem =
    outcome === 'not_a_number'
      ? 'gave numbers that are not numbers (NaN or infinite)'
      : `proposed more than ${MAX_CANDIDATES} boxes on one picture`;
  return new HivisError('inference_failed', `Model ${modelId} ${problem}: the model file is broken, use another.`, {
    details: { model: modelId, outcome },
  });
}
