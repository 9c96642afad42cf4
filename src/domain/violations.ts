import { describeMoment, pickBestPoint } from './evidence-moment.js';
import type { PersonTimeline, SightedPoint } from './person-timeline.js';
import type { FrameDetections, ItemName, ReasonCode, Rules, Violation } from './terms.js';

/** Confidences are said to four digits; more is rounding noise. */
const CONFIDENCE_STEPS = 10_000;

/** A run of cells of one timeline, `first` and `last` included. */
type Stretch = { readonly first: number; readonly last: number };
type Piece = { first: number; last: number; zone: string | null };

/** Every violation of every person, numbered in order of start, then track, then item. */
export function findViolations(
  timelines: readonly PersonTimeline[],
  frames: readonly FrameDetections[],
  rules: Rules,
): readonly Violation[] {
  const found: Omit<Violation, 'number'>[] = [];
  for (const timeline of timelines) {
    for (const item of timeline.items.keys()) {
      for (const stretch of missingStretches(timeline, item, rules)) {
        for (const piece of splitByZone(timeline, item, stretch, rules.minViolationMs)) {
          const violation = describeViolation(timeline, item, piece, stretch, frames);
          if (violation !== undefined) found.push(violation);
        }
      }
    }
  }
  found.sort((a, b) => a.startMs - b.startMs || a.trackId - b.trackId || compareText(a.item, b.item));
  return found.map((violation, position) => ({ number: position + 1, ...violation }));
}

/**
 * Stretches in which a demanded item is missing. Gaps of less than `mergeGapMs`, whatever they are (hidden, unsure, put on
 * for a moment), do not split one; what counts against `minViolationMs` is the missing time in it, gaps excluded.
 */
function missingStretches(timeline: PersonTimeline, item: ItemName, rules: Rules): readonly Stretch[] {
  const { cells, items, demands } = timeline;
  const [states, asked] = [items.get(item) ?? [], demands.get(item) ?? []];
  const stretches: { first: number; last: number; missingMs: number }[] = [];
  for (const [position, cell] of cells.entries()) {
    if (states[position]?.status !== 'missing' || asked[position] === undefined) continue;
    const lengthMs = cell.endMs - cell.startMs;
    const open = stretches.at(-1);
    const gapMs = cell.startMs - (cells[open?.last ?? -1]?.endMs ?? -Infinity);
    if (open === undefined || (gapMs > 0 && gapMs >= rules.mergeGapMs)) {
      stretches.push({ first: position, last: position, missingMs: lengthMs });
    } else {
      open.last = position;
      open.missingMs += lengthMs;
    }
  }
  return stretches.filter(({ missingMs }) => missingMs >= rules.minViolationMs);
}

/**
 * Cuts a stretch where another zone's rule (or the global one) begins to be broken. A piece that would be too short by
 * itself stays with its longer neighbour, so that walking along a line does not hide a violation.
 */
function splitByZone(
  timeline: PersonTimeline,
  item: ItemName,
  stretch: Stretch,
  minViolationMs: number,
): readonly Piece[] {
  const pieces: Piece[] = [];
  const asked = timeline.demands.get(item) ?? [];
  for (let position = stretch.first; position <= stretch.last; position += 1) {
    const open = pieces.at(-1);
    const demand = asked[position];
    // A gap in which nobody asked for the item belongs to what came before it; a stretch never starts with one.
    const owner = demand === undefined ? (open?.zone ?? null) : demand.zone;
    if (open?.zone === owner) open.last = position;
    else pieces.push({ first: position, last: position, zone: owner });
  }
  const lengthMs = (piece: Piece): number => durationMs(timeline, piece);
  const isOuter = (piece: Piece): boolean => piece === pieces[0] || piece === pieces.at(-1);
  while (pieces.length > 1) {
    // Of equally short ones an inner one goes first: between two pieces of one zone it is a slip over the line.
    const shortest = pieces.reduce((a, b) => {
      const difference = lengthMs(b) - lengthMs(a) || Number(isOuter(b)) - Number(isOuter(a));
      return difference < 0 ? b : a;
    });
    if (lengthMs(shortest) >= minViolationMs) break;
    absorb(pieces, pieces.indexOf(shortest), lengthMs);
  }
  return pieces;
}

/** Joins a piece to its longer neighbour, and that one to the next where they now name the same zone. */
function absorb(pieces: Piece[], position: number, lengthMs: (piece: Piece) => number): void {
  const [before, piece, after] = [pieces[position - 1], pieces[position], pieces[position + 1]];
  if (piece === undefined) return;
  if (before !== undefined && (after === undefined || lengthMs(before) >= lengthMs(after))) {
    pieces.splice(position - 1, 2, { ...before, last: piece.last });
  } else if (after !== undefined) {
    pieces.splice(position, 2, { ...after, first: piece.first });
  }
  for (let i = pieces.length - 1; i > 0; i -= 1) {
    const [left, right] = [pieces[i - 1], pieces[i]];
    if (left !== undefined && right?.zone === left.zone) {
      pieces.splice(i - 1, 2, { ...left, last: right.last });
    }
  }
}

function describeViolation(
  timeline: PersonTimeline,
  item: ItemName,
  piece: Piece,
  stretch: Stretch,
  frames: readonly FrameDetections[],
): Omit<Violation, 'number'> | undefined {
  // A piece held over from its neighbours has no witness of its own; then the rest of the stretch speaks for it.
  const own = witnesses(timeline, item, piece);
  const points = own.length > 0 ? own : witnesses(timeline, item, stretch);
  const best = pickBestPoint(points, item);
  if (best === undefined) return undefined;
  const total = points.reduce((sum, { sightings }) => sum + (sightings.get(item)?.missing ?? 0), 0);
  return {
    trackId: timeline.trackId,
    item,
    zone: piece.zone,
    startMs: timeline.cells[piece.first]?.startMs ?? 0,
    endMs: timeline.cells[piece.last]?.endMs ?? 0,
    confidence: Math.round((total / points.length) * CONFIDENCE_STEPS) / CONFIDENCE_STEPS,
    reason: mainReason(points, item),
    evidence: describeMoment(best, frames),
  };
}

/** The points that say themselves that the item is missing. */
function witnesses({ points, items }: PersonTimeline, item: ItemName, { first, last }: Stretch): SightedPoint[] {
  const result: SightedPoint[] = [];
  for (let position = first; position <= last; position += 1) {
    const point = points[position];
    const sighting = point?.sightings.get(item);
    if (point === undefined || sighting === undefined || sighting.missing <= sighting.worn) continue;
    if (items.get(item)?.[position]?.status === 'missing') result.push(point);
  }
  return result;
}

function mainReason(points: readonly SightedPoint[], item: ItemName): ReasonCode {
  const absent = points.filter(({ sightings }) => sightings.get(item)?.reason === 'absent_on_visible_region').length;
  return absent * 2 > points.length ? 'absent_on_visible_region' : 'missing_class_detected';
}

function durationMs({ cells }: PersonTimeline, { first, last }: Stretch): number {
  return (cells[last]?.endMs ?? 0) - (cells[first]?.startMs ?? 0);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
