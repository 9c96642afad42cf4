import { DISCARDED, KEY, type PacketList } from './packet-list.js';

export type StreamClock = {
  readonly timeBase: { readonly num: number; readonly den: number };
  readonly reordersFrames: boolean;
};

export type FrameOrder = { readonly ptsUs: Float64Array; readonly keyFlags: Uint8Array };

/** A step back in decoding time longer than this is a new recording glued on, not jitter. */
const BACKWARD_JUMP_SECONDS = 0.5;
/** How far a time that ffmpeg works with can be from the one in the frame index. */
export const SEEK_TOLERANCE_US = 100;

/**
 * Packets in file order → frames in the order in which a decoder shows them, one entry for every frame that comes out.
 *
 * Not frames: packets cut away by an edit list, and what stands before the first key frame (in the file, or on the
 * screen: the leading pictures of an open group), which no decoder can show.
 *
 * Key flags are kept only where seeking to that time is exact. A container without presentation times for reordered
 * frames (AVI) and times that jump backwards (recordings glued together) leave only the first frame as a key, so that
 * the file is decoded in one piece.
 */
export function orderFrames(packets: PacketList, clock: StreamClock): FrameOrder {
  const shown = shownPackets(packets);
  const ticksPerSecond = clock.timeBase.den / clock.timeBase.num;
  const hasAllTimes = shown.every((packet) => Number.isFinite(packets.pts[packet]));
  const usesDecodingTimes = !hasAllTimes && clock.reordersFrames;
  const runs = splitAtBackwardJumps(shown, packets.dts, BACKWARD_JUMP_SECONDS * ticksPerSecond);
  const ticks = usesDecodingTimes ? packets.dts : fillTimes(packets, shown);
  const order = sortRuns(runs, ticks);
  const isSeekable = !usesDecodingTimes && runs.length <= 1;
  const ptsUs = toMicroseconds(order, ticks, clock, runs);
  const keyFlags = new Uint8Array(order.length);
  keyFlags.fill(1, 0, 1);
  if (!isSeekable) return { ptsUs, keyFlags };
  const isEntry = entryPoints(packets);
  for (let frame = 1; frame < order.length; frame++)
    if (isEntry[order[frame] ?? 0] === 1 && hasOwnTime(ptsUs, frame)) keyFlags[frame] = 1;
  return { ptsUs, keyFlags };
}

/**
 * Key packets that seeking to their time finds. Containers look for the last key packet whose DECODING time is not after
 * it; where frames are reordered and key frames crowd, that can be the next one.
 */
function entryPoints(packets: PacketList): Uint8Array {
  const isEntry = new Uint8Array(packets.count);
  let nextKeyDts = Number.NaN;
  for (let packet = packets.count - 1; packet >= 0; packet--) {
    if (((packets.flags[packet] ?? 0) & KEY) === 0) continue;
    const isOvertaken = nextKeyDts <= (packets.pts[packet] ?? Number.NaN);
    isEntry[packet] = isOvertaken ? 0 : 1;
    nextKeyDts = packets.dts[packet] ?? Number.NaN;
  }
  return isEntry;
}

/** Frames this close cannot be told apart by seeking: containers round start times to microseconds or ticks. */
function hasOwnTime(ptsUs: Float64Array, frame: number): boolean {
  const time = ptsUs[frame] ?? 0;
  const before = ptsUs[frame - 1] ?? Number.NEGATIVE_INFINITY;
  const after = ptsUs[frame + 1] ?? Number.POSITIVE_INFINITY;
  return time - before > 2 * SEEK_TOLERANCE_US && after > time;
}

/** Positions of the packets that become frames, in file order. */
function shownPackets(packets: PacketList): Uint32Array {
  const flagsOf = (packet: number): number => packets.flags[packet] ?? 0;
  const found = packets.flags.findIndex((flags) => (flags & KEY) !== 0);
  const firstKey = Math.max(found, 0);
  const isCutIn = (flagsOf(firstKey) & DISCARDED) !== 0;
  const startTicks = packets.pts[firstKey] ?? Number.NaN;
  const shown = new Uint32Array(packets.count);
  let count = 0;
  let isLeading = found !== -1 && !isCutIn;
  for (let packet = firstKey; packet < packets.count; packet++) {
    if ((flagsOf(packet) & DISCARDED) !== 0) continue;
    if (packet > firstKey && (flagsOf(packet) & KEY) !== 0) isLeading = false;
    if (isLeading && (packets.pts[packet] ?? Number.NaN) < startTicks) continue;
    shown[count++] = packet;
  }
  return shown.subarray(0, count);
}

/** Presentation times with gaps filled from the decoding time, else from the frame before. */
function fillTimes(packets: PacketList, shown: Uint32Array): Float64Array {
  const ticks = packets.pts.slice();
  let lastTicks = 0;
  for (const packet of shown) {
    const pts = ticks[packet] ?? Number.NaN;
    const dts = packets.dts[packet] ?? Number.NaN;
    lastTicks = Number.isFinite(pts) ? pts : Number.isFinite(dts) ? dts : lastTicks;
    ticks[packet] = lastTicks;
  }
  return ticks;
}

function splitAtBackwardJumps(shown: Uint32Array, dts: Float64Array, jumpTicks: number): Uint32Array[] {
  const runs: Uint32Array[] = [];
  let start = 0;
  let lastTicks = Number.NaN;
  for (const [position, packet] of shown.entries()) {
    const ticks = dts[packet] ?? Number.NaN;
    if (ticks < lastTicks - jumpTicks) {
      runs.push(shown.subarray(start, position));
      start = position;
    }
    if (Number.isFinite(ticks)) lastTicks = ticks;
  }
  if (shown.length > 0) runs.push(shown.subarray(start));
  return runs;
}

/** Every run sorted by time on its own; equal times stay in file order. */
function sortRuns(runs: readonly Uint32Array[], ticks: Float64Array): Uint32Array {
  const total = runs.reduce((sum, run) => sum + run.length, 0);
  const order = new Uint32Array(total);
  let at = 0;
  for (const run of runs) {
    order.set(
      run.slice().sort((a, b) => (ticks[a] ?? 0) - (ticks[b] ?? 0) || a - b),
      at,
    );
    at += run.length;
  }
  return order;
}

/** Ticks → microseconds; a run glued on begins one mean frame distance after the run before it. */
function toMicroseconds(
  order: Uint32Array,
  ticks: Float64Array,
  clock: StreamClock,
  runs: readonly Uint32Array[],
): Float64Array {
  const { num, den } = clock.timeBase;
  // Clocks finer than a microsecond are rounded down: seeking to a time after the frame would skip it.
  const round = den / num > 1e6 ? Math.floor : Math.round;
  const ptsUs = new Float64Array(order.length);
  const ticksAt = (frame: number): number => ticks[order[frame] ?? 0] ?? 0;
  let start = 0;
  let nextTicks = ticksAt(0);
  for (const run of runs) {
    const last = start + run.length - 1;
    const shiftTicks = nextTicks - ticksAt(start);
    for (let frame = start; frame <= last; frame++)
      ptsUs[frame] = round(((ticksAt(frame) + shiftTicks) * num * 1e6) / den);
    const meanStep = run.length > 1 ? (ticksAt(last) - ticksAt(start)) / (run.length - 1) : 0;
    nextTicks = ticksAt(last) + shiftTicks + meanStep;
    start = last + 1;
  }
  return ptsUs;
}
