import { frameBox, height, width } from './box-geometry.js';
import type { BodyRegion, FrameBox } from './terms.js';

/**
 * Where on a person's box the head or the torso is expected, source pixels. A box is as wide as the shoulders and arms
 * whether or not the legs are in it, so the width tells how much of the height belongs to the head: a standing person
 * is about 0.4 as wide as high, somebody cut off at the waist 0.8. Proportions after the usual eight-heads figure,
 * generous because people bend, carry and turn.
 */
export function bodyRegion(person: FrameBox, region: BodyRegion): FrameBox {
  return region === 'head' ? headRegion(person) : torsoRegion(person);
}

const HEAD_BY_WIDTH = 0.6;
const HEAD_MIN = 0.2;
const HEAD_MAX = 0.42;
/** A helmet stands out above the box of its wearer a little, and to the sides. */
const HEAD_ABOVE = 0.08;
const SIDE_MARGIN = 0.08;

function headRegion(person: FrameBox): FrameBox {
  const [w, h] = [width(person), height(person)];
  const depth = clamp(HEAD_BY_WIDTH * w, HEAD_MIN * h, HEAD_MAX * h);
  return frameBox(
    person.x1 - SIDE_MARGIN * w,
    person.y1 - HEAD_ABOVE * h,
    person.x2 + SIDE_MARGIN * w,
    person.y1 + depth,
  );
}

const TORSO_TOP = 0.1;
const TORSO_BY_WIDTH = 1.5;
const TORSO_MIN = 0.62;
const TORSO_MAX = 1.02;

function torsoRegion(person: FrameBox): FrameBox {
  const [w, h] = [width(person), height(person)];
  const bottom = clamp(TORSO_BY_WIDTH * w, TORSO_MIN * h, TORSO_MAX * h);
  return frameBox(
    person.x1 - SIDE_MARGIN * w,
    person.y1 + TORSO_TOP * h,
    person.x2 + SIDE_MARGIN * w,
    person.y1 + bottom,
  );
}

/** The likely place of the head or torso itself inside its region; used to rank candidates and to draw what is absent. */
export function expectedBodyPart(person: FrameBox, region: BodyRegion): FrameBox {
  const [w, h] = [width(person), height(person)];
  const middle = (person.x1 + person.x2) / 2;
  if (region === 'head') {
    const side = clamp(0.33 * w, 0.1 * h, 0.3 * h);
    return frameBox(middle - side / 2, person.y1, middle + side / 2, person.y1 + 1.1 * side);
  }
  const bottom = clamp(1.1 * w, 0.5 * h, 0.95 * h);
  return frameBox(person.x1 + 0.12 * w, person.y1 + 0.17 * h, person.x2 - 0.12 * w, person.y1 + bottom);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
