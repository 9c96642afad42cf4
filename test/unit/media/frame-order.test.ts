import { describe, expect, it } from 'vitest';
import { orderFrames, type StreamClock } from '../../../src/media/frame-order.js';
import { DISCARDED, KEY, type PacketList } from '../../../src/media/packet-list.js';

type Row = [pts: number | null, dts: number | null, flags?: string];

function packets(rows: Row[]): PacketList {
  return {
    count: rows.length,
    pts: Float64Array.from(rows, ([pts]) => pts ?? Number.NaN),
    dts: Float64Array.from(rows, ([, dts]) => dts ?? Number.NaN),
    flags: Uint8Array.from(
      rows,
      ([, , flags = '']) => (flags.includes('K') ? KEY : 0) | (flags.includes('D') ? DISCARDED : 0),
    ),
  };
}

/** Milliseconds. */
const clock: StreamClock = { timeBase: { num: 1, den: 1000 }, reordersFrames: true };

function order(rows: Row[], change: Partial<StreamClock> = {}) {
  const { ptsUs, keyFlags } = orderFrames(packets(rows), { ...clock, ...change });
  return { ms: [...ptsUs].map((us) => us / 1000), keys: [...keyFlags] };
}

describe('orderFrames', () => {
  it('sorts by presentation time and carries the key flags along', () => {
    // I0 P3 B1 B2 | I4 P6 B5
    const rows: Row[] = [
      [0, -80, 'K'],
      [120, -40],
      [40, 0],
      [80, 40],
      [160, 80, 'K'],
      [240, 120],
      [200, 160],
    ];
    expect(order(rows)).toEqual({ ms: [0, 40, 80, 120, 160, 200, 240], keys: [1, 0, 0, 0, 1, 0, 0] });
  });

  it('leaves out what an edit list hides and keeps what depends on it', () => {
    const rows: Row[] = [
      [-80, -80, 'KD'],
      [-40, -40, 'D'],
      [0, 0],
      [40, 40],
      [80, 80, 'K'],
    ];
    expect(order(rows)).toEqual({ ms: [0, 40, 80], keys: [1, 0, 1] });
  });

  it('starts at the first key frame of a recording that was cut anywhere', () => {
    const rows: Row[] = [
      [40, 0],
      [80, 40],
      [160, 80, 'K'],
      [120, 120], // shown before the key frame, needs the group before it
      [200, 160],
    ];
    expect(order(rows)).toEqual({ ms: [160, 200], keys: [1, 0] });
  });

  it('keeps everything where no packet claims to be a key frame', () => {
    const rows: Row[] = [
      [0, 0],
      [40, 40],
    ];
    expect(order(rows)).toEqual({ ms: [0, 40], keys: [1, 0] });
  });

  it('keeps frames before a later key frame on the screen (open group)', () => {
    const rows: Row[] = [
      [0, -40, 'K'],
      [40, 0],
      [160, 40, 'K'],
      [80, 80],
      [120, 120],
      [200, 160],
    ];
    expect(order(rows)).toEqual({ ms: [0, 40, 80, 120, 160, 200], keys: [1, 0, 0, 0, 1, 0] });
  });

  it('takes decoding times where the container has no others, and only the first key frame when frames are reordered', () => {
    const rows: Row[] = [
      [null, 0, 'K'],
      [null, 40],
      [80, 80],
      [null, 120, 'K'],
    ];
    expect(order(rows)).toEqual({ ms: [0, 40, 80, 120], keys: [1, 0, 0, 0] });
    expect(order(rows, { reordersFrames: false })).toEqual({ ms: [0, 40, 80, 120], keys: [1, 0, 0, 1] });
  });

  it('uses the time of the frame before where there is none at all', () => {
    const rows: Row[] = [
      [0, 0, 'K'],
      [null, null],
      [80, 80],
    ];
    expect(order(rows, { reordersFrames: false }).ms).toEqual([0, 0, 80]);
  });

  it('keeps frames with equal times and does not seek to them', () => {
    const rows: Row[] = [
      [0, 0, 'K'],
      [40, 40],
      [40, 41, 'K'],
      [80, 80, 'K'],
      [120, 120, 'K'],
      [120, 121],
    ];
    expect(order(rows, { reordersFrames: false })).toEqual({ ms: [0, 40, 40, 80, 120, 120], keys: [1, 0, 0, 1, 0, 0] });
  });

  it('does not seek to a key frame when the next one is decoded before it is shown', () => {
    const rows: Row[] = [
      [0, -80, 'K'],
      [40, -40],
      [80, 0, 'K'],
      [120, 40, 'K'], // decoded at 40, before 80 is shown
      [160, 130, 'K'],
    ];
    expect(order(rows).keys).toEqual([1, 0, 0, 1, 1]);
  });

  it('joins recordings whose clock starts again, in one piece', () => {
    const rows: Row[] = [
      [10_000, 10_000, 'K'],
      [10_040, 10_040],
      [10_080, 10_080],
      [0, 0, 'K'],
      [40, 40],
    ];
    expect(order(rows)).toEqual({ ms: [10_000, 10_040, 10_080, 10_120, 10_160], keys: [1, 0, 0, 0, 0] });
  });

  it('takes a small step back for jitter', () => {
    const rows: Row[] = [
      [0, 0, 'K'],
      [80, 80],
      [40, 40],
      [120, 120, 'K'],
    ];
    expect(order(rows)).toEqual({ ms: [0, 40, 80, 120], keys: [1, 0, 0, 1] });
  });

  it('rounds clocks finer than a microsecond down, others to the nearest', () => {
    const nanoseconds = { timeBase: { num: 1, den: 1_000_000_000 }, reordersFrames: false };
    expect([...orderFrames(packets([[666_666_667, 0, 'K']]), nanoseconds).ptsUs]).toEqual([666_666]);
    const ntsc = { timeBase: { num: 1001, den: 30_000 }, reordersFrames: false };
    expect([...orderFrames(packets([[2, 2, 'K']]), ntsc).ptsUs]).toEqual([66_733]);
  });

  it('gives nothing for nothing', () => {
    expect(order([])).toEqual({ ms: [], keys: [] });
    expect(order([[0, 0, 'KD']])).toEqual({ ms: [], keys: [] });
  });

  it('orders 6 hours at 25 fps without getting slow', () => {
    const count = 540_000;
    const pts = Float64Array.from(
      { length: count },
      (_, i) => (i % 3 === 1 ? i + 2 : i % 3 === 2 ? i - 1 : i - 1) * 40,
    );
    const list: PacketList = {
      count,
      pts,
      dts: Float64Array.from({ length: count }, (_, i) => (i - 2) * 40),
      flags: Uint8Array.from({ length: count }, (_, i) => (i % 250 === 0 ? KEY : 0)),
    };
    const startMs = performance.now();
    const { ptsUs } = orderFrames(list, clock);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(ptsUs.every((time, frame) => frame === 0 || time >= (ptsUs[frame - 1] ?? 0))).toBe(true);
  });
});
