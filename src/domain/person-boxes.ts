import { area, coveredShare, height, iou } from './box-geometry.js';
import type { ClassRoles, Detection, FrameBox } from './terms.js';

/** A person on one sampled frame. */
export type PersonBox = { readonly box: FrameBox; readonly confidence: number };

/** Above this overlap two person boxes are one person whatever else is true. */
const SAME_PERSON_IOU = 0.7;
/** A box inside another one is the same person when their heads are at the same height (share of the smaller height). */
const INSIDE_SHARE = 0.8;
const HEAD_TOLERANCE = 0.12;
/** A box that lies inside a far more certain one is a part of it (legs, a sleeve), not somebody. */
const PART_CONFIDENCE_RATIO = 0.5;

/**
 * The people of one frame among its usable detections (strongest first), without second boxes for the same body. The detector's own suppression works on overlap alone and leaves, say, a box to the waist in a box to the feet.
 */
export function findPersonBoxes(detections: readonly Detection[], roles: ClassRoles): readonly PersonBox[] {
  const kept: PersonBox[] = [];
  for (const { classId, confidence, box } of detections) {
    if (area(box) <= 0 || !roles.person.includes(classId)) continue;
    const person = { box, confidence };
    if (!kept.some((stronger) => isSamePerson(stronger, person))) kept.push(person);
  }
  return kept;
}

function isSamePerson(stronger: PersonBox, weaker: PersonBox): boolean {
  if (iou(stronger.box, weaker.box) >= SAME_PERSON_IOU) return true;
  const [small, large] =
    area(stronger.box) < area(weaker.box) ? [stronger.box, weaker.box] : [weaker.box, stronger.box];
  if (coveredShare(small, large) < INSIDE_SHARE) return false;
  if (Math.abs(small.y1 - large.y1) <= HEAD_TOLERANCE * height(small)) return true;
  return small === weaker.box && weaker.confidence < PART_CONFIDENCE_RATIO * stronger.confidence;
}
