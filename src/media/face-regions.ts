import { centre, clipToPicture, containsPoint, frameBox, height, width } from '../domain/box-geometry.js';
import type { ClassRoles, Detection, FrameBox } from '../domain/terms.js';

/** Below it, boxes are hardly ever right. Low, because hiding too much is better here than too little. */
const MIN_CONFIDENCE = 0.1;
/** A grown-up is about seven heads tall, a head three quarters as wide as high. */
const HEAD_SHARE = 1 / 6.5;
const HEAD_WIDTH_SHARE = 0.8;

/**
 * Where the faces on a frame probably are, so that they can be made unrecognisable. The top of the head stays visible: that
 * is where a helmet is or is not. Heads that the model saw are used; a person without one gets the region
 * where a standing person has the face. An estimate, not a promise: people who bend down can be missed.
 */
export function faceRegions(
  detections: readonly Detection[],
  roles: ClassRoles,
  picture: { readonly widthPx: number; readonly heightPx: number },
): FrameBox[] {
  const classes = Object.values(roles.items).filter((item) => item.region === 'head');
  const withHelmet = new Set(classes.flatMap((item) => item.worn));
  const bare = new Set(classes.flatMap((item) => item.missing));
  const boxesOf = (ids: ReadonlySet<number>): FrameBox[] =>
    detections.filter((found) => ids.has(found.classId) && found.confidence >= MIN_CONFIDENCE).map(({ box }) => box);
  const helmets = boxesOf(withHelmet);
  const heads = boxesOf(bare);
  const people = boxesOf(new Set(roles.person));
  const faceless = people.filter((person) => ![...helmets, ...heads].some((head) => isHeadOf(head, person)));
  return [...helmets.map(belowHelmet), ...heads.map(lowerHead), ...faceless.map(faceOfStanding)].map((box) =>
    clipToPicture(box, picture.widthPx, picture.heightPx),
  );
}

/** The face of somebody of whom only the whole box is known. */
export function faceOfStanding(person: FrameBox): FrameBox {
  const headPx = Math.min(height(person) * HEAD_SHARE, width(person));
  const { x } = centre(person);
  const halfPx = (headPx * HEAD_WIDTH_SHARE) / 2;
  return frameBox(x - halfPx, person.y1 + headPx * 0.35, x + halfPx, person.y1 + headPx * 1.15);
}

function belowHelmet(helmet: FrameBox): FrameBox {
  const { x1, y1, x2, y2 } = widened(helmet);
  return frameBox(x1, y1 + height(helmet) * 0.5, x2, y2 + height(helmet) * 0.6);
}

/** Boxes of bare heads often end above the chin. */
function lowerHead(head: FrameBox): FrameBox {
  const { x1, y1, x2, y2 } = widened(head);
  return frameBox(x1, y1 + height(head) * 0.35, x2, y2 + height(head) * 0.35);
}

function widened({ x1, y1, x2, y2 }: FrameBox): FrameBox {
  const airPx = (x2 - x1) * 0.15;
  return frameBox(x1 - airPx, y1, x2 + airPx, y2);
}

function isHeadOf(head: FrameBox, person: FrameBox): boolean {
  const upper = frameBox(person.x1, person.y1 - height(person) * 0.1, person.x2, person.y1 + height(person) * 0.4);
  return containsPoint(upper, centre(head));
}
