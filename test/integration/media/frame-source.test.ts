import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrameSource } from '../../../src/media/frame-source.js';
import { planSegments } from '../../../src/media/segment-plan.js';
import { findMediaTools, type MediaTools } from '../../../src/media/tools.js';
import {
  encoders,
  ffmpeg,
  H264,
  H264_OPEN,
  HEVC,
  makeClip,
  makeClipFolder,
  makeTurnedClip,
  testPicture,
} from '../../support/clips.js';
import { hashBySegments, hashSerially, openClip } from '../../support/pictures.js';

let tools: MediaTools;
let folder: Awaited<ReturnType<typeof makeClipFolder>>;
let dir: string;

beforeAll(async () => {
  tools = await findMediaTools({});
  folder = await makeClipFolder();
  dir = folder.dir;
});

afterAll(() => folder.remove());

/** Asserts that the frame index and every picture equal a plain decode, as one segment and as many. */
async function expectExact(
  file: string,
  options: {
    readonly everyNFrames?: number;
    readonly target?: number;
    readonly minSegments?: number;
    readonly leading?: number;
  } = {},
): Promise<void> {
  const { everyNFrames = 3, target = 2, minSegments = 4, leading = 0 } = options;
  const clip = await openClip(tools, file);
  const serial = (await hashSerially(clip)).slice(leading);
  expect(clip.index.ptsUs.length).toBe(serial.length);
  const expected = new Map(
    serial.map((hash, frame) => [frame, hash] as const).filter(([frame]) => frame % everyNFrames === 0),
  );
  const many = await hashBySegments(tools, clip, everyNFrames, target);
  expect(many.segments.length).toBeGreaterThanOrEqual(minSegments);
  expect(many.hashes).toEqual(expected);
  const one = await hashBySegments(tools, clip, everyNFrames, 1_000_000);
  expect(one.hashes).toEqual(expected);
}

const VFR = "setpts='(N+2*floor(N/7)+mod(N,3)/4)/25/TB'";

describe('segments together equal one plain decode, bit by bit', () => {
  it.each<[string, readonly string[]]>([
    ['closed.mp4', H264],
    ['open.mp4', H264_OPEN],
    ['open.mkv', H264_OPEN],
    ['open.ts', H264_OPEN],
    ['fragmented.mp4', [...H264, '-movflags', 'frag_keyframe+empty_moov']],
    ['vfr.mp4', ['-vf', VFR, '-vsync', '0', ...H264, '-video_track_timescale', '90000']],
    ['hevc.mkv', HEVC],
    ['hevc.mp4', [...HEVC, '-tag:v', 'hvc1']],
    ['hevc.ts', HEVC],
    ['mpeg4.avi', ['-c:v', 'mpeg4', '-g', '20', '-bf', '0']],
    ['mjpeg.avi', ['-c:v', 'mjpeg']],
    ['vp9.webm', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '20']],
    ['short-groups.mp4', ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '3', '-bf', '2']],
    ['ten-bit.mkv', ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '20', '-pix_fmt', 'yuv420p10le']],
  ])('%s', async (name, codec) => {
    await expectExact(await makeClip(dir, name, codec));
  });

  it('av1.mp4', async (context) => {
    const known = await encoders();
    const encoder = [
      ['libsvtav1', ['-preset', '12']] as const,
      ['libaom-av1', ['-cpu-used', '8', '-usage', 'realtime']] as const,
    ].find(([name]) => known.has(name));
    if (encoder === undefined) return context.skip('this ffmpeg has no AV1 encoder');
    await expectExact(await makeClip(dir, 'av1.mp4', ['-c:v', encoder[0], ...encoder[1], '-g', '20'], { seconds: 3 }));
    return undefined;
  });

  it.each([
    ['slow.ts', 'sound first, 5 fps, deep reordering'],
    ['slow.mp4', 'the same in MP4'],
    ['slow.mkv', 'the same in MKV'],
  ])('%s: %s', async (name) => {
    const file = await ffmpeg(dir, [
      ...['-itsoffset', '0.7', ...testPicture({ fps: 5, seconds: 20 }), '-f', 'lavfi', '-i', 'sine=d=20'],
      ...['-c:v', 'libx264', '-preset', 'medium', '-g', '20', '-bf', '3', '-x264-params', 'open-gop=1', name],
    ]);
    await expectExact(file);
  });

  it('every frame of it, when every frame is sampled', async () => {
    await expectExact(await makeClip(dir, 'all.mp4'), { everyNFrames: 1, target: 10 });
  });

  it('with clocks that do not start at zero', async () => {
    await makeClip(dir, 'zero.mp4');
    for (const name of ['later.mp4', 'later.mkv', 'later.ts'])
      await expectExact(await ffmpeg(dir, ['-i', 'zero.mp4', '-c', 'copy', '-output_ts_offset', '1000', name]));
  });

  it('with an edit list that cuts into a group', async () => {
    await makeClip(dir, 'uncut.mp4');
    const file = await ffmpeg(dir, ['-ss', '0.5', '-i', 'uncut.mp4', '-c', 'copy', 'edit-list.mp4']);
    await expectExact(file, { minSegments: 3 });
  });

  it('turned, as a viewer sees it', async () => {
    for (const degrees of [90, 180, 270]) await expectExact(await makeTurnedClip(dir, degrees), { minSegments: 2 });
  });

  it('with equal times at a key frame', async () => {
    // Frame 20, a key frame, gets the time of frame 19.
    const codec = ['-c:v', 'mpeg4', '-g', '20', '-bf', '0', '-bsf:v', "setts=ts='if(eq(N,20),TS-40,TS)'"];
    const file = await makeClip(dir, 'equal-times.mkv', codec);
    await expectExact(file, { minSegments: 3 });
    const { index } = await openClip(tools, file);
    expect(index.ptsUs[20]).toBe(index.ptsUs[19]);
    expect(index.keyFlags[20]).toBe(0);
  });

  it('in one piece where the container has no presentation times (MPEG-4 with B-frames in AVI)', async () => {
    const codec = ['-c:v', 'mpeg4', '-g', '20', '-bf', '2'];
    await expectExact(await makeClip(dir, 'b-frames.avi', codec), { minSegments: 1 });
  });

  it('in one piece where key frames are none (intra refresh)', async () => {
    const codec = ['-c:v', 'libx264', '-preset', 'veryfast', '-x264-params', 'intra-refresh=1:keyint=20:bframes=0'];
    for (const name of ['refresh.mp4', 'refresh.ts']) {
      const file = await makeClip(dir, name, codec);
      await expectExact(file, { minSegments: 1 });
      const { segments } = await hashBySegments(tools, await openClip(tools, file), 3, 2);
      expect(segments).toHaveLength(1);
    }
  });

  it('of a recording that was cut in the middle of a group, without what cannot be decoded', async () => {
    const whole = await readFile(await makeClip(dir, 'to-cut.ts', H264_OPEN));
    const file = path.join(dir, 'cut-in.ts');
    await writeFile(file, whole.subarray(188 * Math.round(whole.length / 188 / 9)));
    await expectExact(file);
    const hevc = await readFile(await makeClip(dir, 'to-cut-hevc.ts', HEVC));
    const hevcFile = path.join(dir, 'cut-in-hevc.ts');
    await writeFile(hevcFile, hevc.subarray(188 * Math.round(hevc.length / 188 / 9)));
    const clip = await openClip(tools, hevcFile);
    // Plain decoding shows pictures made of missing references first; they are not in the index.
    const serial = await hashSerially(clip);
    await expectExact(hevcFile, { leading: serial.length - clip.index.ptsUs.length });
  });

  it('of recordings glued together', async () => {
    const first = await readFile(await makeClip(dir, 'first.ts', H264));
    const second = await readFile(await makeClip(dir, 'second.ts', H264, { seconds: 2 }));
    const file = path.join(dir, 'glued.ts');
    await writeFile(file, Buffer.concat([first, second]));
    await expectExact(file, { minSegments: 1 });
    const { index } = await openClip(tools, file);
    expect(index.ptsUs.every((time, frame) => frame === 0 || time > (index.ptsUs[frame - 1] ?? 0))).toBe(true);
  });

  it('when the picture changes its size in mid-stream', async () => {
    const small = await readFile(await makeClip(dir, 'small.ts', H264));
    const large = await readFile(
      await makeClip(dir, 'large.ts', [...H264, '-output_ts_offset', '4'], { widthPx: 320, heightPx: 240 }),
    );
    const file = path.join(dir, 'growing.ts');
    await writeFile(file, Buffer.concat([small, large]));
    const clip = await openClip(tools, file);
    const one = await hashBySegments(tools, clip, 3, 1_000_000);
    expect(one.hashes.size).toBe(Math.ceil(clip.index.ptsUs.length / 3));
    const many = await hashBySegments(tools, clip, 3, 2);
    expect(many.segments.length).toBeGreaterThan(3);
    expect(many.hashes).toEqual(one.hashes);
  });
});

describe('openFrameSource', () => {
  it('fills one buffer again and again, and counts the waiting', async () => {
    const clip = await openClip(tools, await makeClip(dir, 'reused.mp4'));
    const [segment] = planSegments(clip.index, { everyNFrames: 5, targetSampledFrames: 1_000 });
    if (segment === undefined) throw new Error('no segment');
    const source = openFrameSource(tools, { ...clip, segment, everyNFrames: 5, timeoutMs: 60_000 });
    const buffers = new Set<ArrayBufferLike>();
    const frames: number[] = [];
    for await (const { frameIndex, rgb } of source) {
      expect(rgb.length).toBe(clip.letterbox.inputWidthPx * clip.letterbox.inputHeightPx * 3);
      buffers.add(rgb.buffer);
      frames.push(frameIndex);
    }
    expect(buffers.size).toBe(1);
    expect(frames).toEqual(Array.from({ length: 20 }, (_, i) => i * 5));
    expect(source.decodeMs).toBeGreaterThan(0);
  });

  it('fills the border with the grey of the training', async () => {
    const file = await makeClip(dir, 'white.mp4', ['-vf', 'geq=lum=255:cb=128:cr=128', ...H264], { seconds: 1 });
    const clip = await openClip(tools, file, 160);
    expect(clip.letterbox).toMatchObject({ inputHeightPx: 128, padTopPx: 4 });
    const [segment] = planSegments(clip.index, { everyNFrames: 100, targetSampledFrames: 1 });
    if (segment === undefined) throw new Error('no segment');
    for await (const { rgb } of openFrameSource(tools, { ...clip, segment, everyNFrames: 100, timeoutMs: 60_000 })) {
      const row = (y: number): Set<number> => new Set(rgb.subarray(y * 160 * 3, (y + 1) * 160 * 3));
      expect(row(0)).toEqual(new Set([114]));
      expect(row(3)).toEqual(new Set([114]));
      expect(row(124)).toEqual(new Set([114]));
      expect(Math.min(...row(64))).toBeGreaterThan(250);
    }
  });
});
