import type { Detection } from './terms.js';

/**
 * Detections of at least `minConfidence` in an order that does not depend on how they were stored: strongest first,
 * then by class, then by place.
 */
export function usableDetections(detections: readonly Detection[], minConfidence: number): readonly Detection[] {
  return detections.filter(({ confidence }) => confidence >= minConfidence).sort(compare);
}

function compare(a: Detection, b: Detection): number {
  return (
    b.confidence - a.confidence ||
    a.classId - b.classId ||
    a.box.x1 - b.box.x1 ||
    a.box.y1 - b.box.y1 ||
    a.box.x2 - b.box.x2 ||
    a.box.y2 - b.box.y2
  );
}
