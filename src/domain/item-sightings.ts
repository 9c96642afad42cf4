import { expectedBodyPart } from './body-regions.js';
import { centre, iou } from './box-geometry.js';
import { assignItems } from './item-association.js';
import { hiddenReason } from './visibility.js';
import type { Detection, FrameBox, ItemRoles, ReasonCode, SampledVideo } from './terms.js';

/** What one sampled frame says about one item of one person. */
export type ItemSighting = {
  /** Confidence that it is worn and that it is missing, 0…1; 0 when nothing says so. */
  readonly worn: number;
  readonly missing: number;
  /** Why: of the stronger side, or why nothing can be said. */
  readonly reason: ReasonCode;
  /** The box that says so: the item, the bare body part, or the place where the item should be. */
  readonly box: FrameBox | null;
};

/** Worn and missing closer together than this factor contradict each other. */
const CONFLICT_RATIO = 1.3;
/** Bare head and helmet that overlap less are two things: the helmet is not on that head. */
const SAME_PART_IOU = 0.15;
/** What the absence of an item counts for in a model that has no class for it. */
const ABSENCE_CONFIDENCE = 0.35;

/**
 * One sighting for each of `persons` (boxes of one frame), in their order. `detections` are those of the frame that are
 * confident enough, in canonical order.
 */
export function sightItem(
  persons: readonly FrameBox[],
  detections: readonly Detection[],
  roles: ItemRoles,
  video: SampledVideo,
): readonly ItemSighting[] {
  const ofClass = (ids: readonly number[]): Detection[] => detections.filter(({ classId }) => ids.includes(classId));
  const worn = assignItems(persons, ofClass(roles.worn), roles.region);
  const missing = assignItems(persons, ofClass(roles.missing), roles.region);
  return persons.map((person, position) => {
    const bare = missing[position];
    const item = dropCarried(worn[position], bare);
    if (item !== undefined || bare !== undefined) return weigh(item, bare);
    const hidden = hiddenReason(person, roles.region, persons, video);
    if (hidden !== undefined) return { worn: 0, missing: 0, reason: hidden, box: null };
    if (roles.missing.length > 0) return { worn: 0, missing: 0, reason: 'low_confidence', box: null };
    const box = expectedBodyPart(person, roles.region);
    return { worn: 0, missing: ABSENCE_CONFIDENCE, reason: 'absent_on_visible_region', box };
  });
}

/** A helmet below a bare head that it does not touch is carried. */
function dropCarried(item: Detection | undefined, bare: Detection | undefined): Detection | undefined {
  if (item === undefined || bare === undefined) return item;
  const apart = iou(item.box, bare.box) < SAME_PART_IOU && centre(item.box).y > centre(bare.box).y;
  return apart ? undefined : item;
}

function weigh(item: Detection | undefined, bare: Detection | undefined): ItemSighting {
  const worn = item?.confidence ?? 0;
  const missing = bare?.confidence ?? 0;
  const box = (worn >= missing ? item : bare)?.box ?? null;
  if (Math.max(worn, missing) < CONFLICT_RATIO * Math.min(worn, missing)) {
    return { worn, missing, reason: 'conflicting_detections', box };
  }
  return { worn, missing, reason: worn > missing ? 'item_detected' : 'missing_class_detected', box };
}
