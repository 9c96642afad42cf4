import { assignByBenefit } from './assignment.js';
import { bodyRegion, expectedBodyPart } from './body-regions.js';
import { centre, containsPoint, coveredShare, height, iou, width } from './box-geometry.js';
import type { BodyRegion, Detection, FrameBox } from './terms.js';

/** How much of an item's box has to lie in the body region. */
const MIN_COVERED = 0.5;
/** Size of a plausible head or torso box, as shares of the person's width and height. */
const SIZES: Record<BodyRegion, { readonly minHeight: number; readonly maxHeight: number; readonly maxWidth: number }> =
  {
    head: { minHeight: 0.04, maxHeight: 0.45, maxWidth: 1.1 },
    torso: { minHeight: 0.1, maxHeight: 0.95, maxWidth: 1.4 },
  };

/**
 * How well an item's box fits on the head or torso of a person, 0…2; 0 when it cannot be worn there: its middle lies
 * outside the region (a helmet in the hand), or it is too large or too small for this body.
 */
export function itemFit(person: FrameBox, item: FrameBox, region: BodyRegion): number {
  const zone = bodyRegion(person, region);
  if (!containsPoint(zone, centre(item))) return 0;
  const size = SIZES[region];
  const relativeHeight = height(item) / height(person);
  if (relativeHeight < size.minHeight || relativeHeight > size.maxHeight) return 0;
  if (width(item) > size.maxWidth * width(person)) return 0;
  const covered = coveredShare(item, zone);
  if (covered < MIN_COVERED) return 0;
  const expected = expectedBodyPart(person, region);
  const [at, ideal] = [centre(item), centre(expected)];
  const offset = Math.hypot((at.x - ideal.x) / width(person), (at.y - ideal.y) / height(person));
  return covered * (1 - 0.5 * Math.min(1, 2 * offset)) + iou(item, expected);
}

/**
 * Gives each item box (all of one meaning, say "helmet worn") to at most one person and each person at most one box,
 * so that the fits are best in total: in a crowd a helmet is counted once. Returns the detection of each person.
 */
export function assignItems(
  persons: readonly FrameBox[],
  items: readonly Detection[],
  region: BodyRegion,
): readonly (Detection | undefined)[] {
  const found: (Detection | undefined)[] = persons.map(() => undefined);
  if (items.length === 0) return found;
  const benefits = new Array<number>(persons.length * items.length).fill(0);
  for (const [row, person] of persons.entries()) {
    for (const [column, item] of items.entries()) {
      // The confidence decides between two boxes on the same head, the fit between two heads.
      benefits[row * items.length + column] = itemFit(person, item.box, region) * (0.5 + item.confidence);
    }
  }
  for (const { row, column } of assignByBenefit(benefits, persons.length, items.length)) found[row] = items[column];
  return found;
}
