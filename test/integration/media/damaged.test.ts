import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameIndexDurationMs } from '../../../src/media/frame-index.js';
import { probeVideo } from '../../../src/media/probe.js';
import { findMediaTools, type MediaTools } from '../../../src/media/tools.js';
import { ffmpeg, H264, makeClip, makeClipFolder, testPicture } from '../../support/clips.js';
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

describe('a file that was cut off', () => {
  it.each<[string, readonly string[]]>([
    ['front.mp4', [...H264, '-movflags', '+faststart']],
    ['fragmented.mp4', [...H264, '-movflags', 'frag_keyframe+empty_moov']],
    ['plain.mkv', H264],
    ['plain.ts', H264],
    ['plain.avi', ['-c:v', 'mpeg4', '-g', '20']],
  ])('%s gives the frames that it holds, and says that some are missing', async (name, codec) => {
    const file = await makeClip(dir, name, codec);
    const whole = await openClip(tools, file);
    expect(whole.probe.missingBytes).toBe(0);
    expect(whole.index.ptsUs.length).toBe(100);
    // Not at a packet bound of MPEG-TS.
    await truncate(file, Math.round(whole.probe.sizeBytes / 188 / 2) * 188 + 77);

    const clip = await openClip(tools, file);
    const framesIndexed = clip.index.ptsUs.length;
    expect(clip.probe.missingBytes).toBeGreaterThan(0);
    expect(framesIndexed).toBeGreaterThan(20);
    expect(framesIndexed).toBeLessThan(80);
    expect(frameIndexDurationMs(clip.index, clip.probe)).toBeCloseTo(framesIndexed * 40, -2);
    if (name === 'front.mp4') expect(clip.probe.declaredFrames).toBe(100);
    if (name === 'plain.mkv') expect(clip.probe.declaredDurationMs).toBe(4000);

    const { hashes } = await hashBySegments(tools, clip, 1, 10);
    expect(hashes.size).toBeGreaterThanOrEqual(framesIndexed - 1);
    const serial = await hashSerially(clip);
    // The very last frame may be half there.
    for (let frame = 0; frame < framesIndexed - 1; frame++) expect(hashes.get(frame)).toBe(serial[frame]);
  });
});

describe('a file that is damaged in the middle', () => {
  it.each(['noise.mp4', 'noise.mkv', 'noise.ts'])('%s keeps the times of what comes after', async (name) => {
    const file = await makeClip(dir, name, [...H264, '-bf', '0']);
    const whole = await openClip(tools, file);
    const good = await hashBySegments(tools, whole, 1, 10);
    const bytes = await readFile(file);
    for (let at = Math.round(bytes.length * 0.3); at < bytes.length * 0.36; at++) bytes[at] = (at * 7919) & 255;
    await writeFile(file, bytes);

    const clip = await openClip(tools, file);
    const { hashes } = await hashBySegments(tools, clip, 1, 10);
    const lost = clip.index.ptsUs.length - hashes.size;
    expect(lost).toBeLessThan(20);
    const last = clip.index.ptsUs.length - 1;
    const same = [...Array(20).keys()].filter((back) => hashes.get(last - back) === good.hashes.get(99 - back));
    expect(same).toHaveLength(20);
  });
});

describe('strange but whole files', () => {
  it('one frame', async () => {
    const file = await ffmpeg(dir, [...testPicture({ seconds: 1 }), '-frames:v', '1', ...H264, 'one.mp4']);
    const clip = await openClip(tools, file);
    expect(clip.index.ptsUs.length).toBe(1);
    expect((await hashBySegments(tools, clip, 5, 60)).hashes.size).toBe(1);
    expect(frameIndexDurationMs(clip.index, clip.probe)).toBe(40);
  });

  it('1000 frames per second', async () => {
    const file = await makeClip(dir, 'fast.mp4', H264, { fps: 1000, seconds: 0.2 });
    const clip = await openClip(tools, file);
    expect(clip.probe.fps).toBe(1000);
    expect(clip.index.ptsUs.length).toBe(200);
    expect((await hashBySegments(tools, clip, 7, 2)).hashes.size).toBe(29);
  });

  it('odd and tiny pictures', async () => {
    const codec = ['-vf', 'scale=31:17', '-c:v', 'libx264', '-pix_fmt', 'yuv444p'];
    const clip = await openClip(tools, await makeClip(dir, 'tiny.mp4', codec, { seconds: 1 }));
    expect((await hashBySegments(tools, clip, 5, 60)).hashes.size).toBe(5);
  });

  it('interlaced video, whatever the order of its fields', async () => {
    const codec = [...H264, '-flags', '+ilme+ildct', '-x264-params', 'tff=1'];
    const clip = await openClip(tools, await makeClip(dir, 'interlaced.ts', codec));
    const { hashes } = await hashBySegments(tools, clip, 1, 10);
    expect(hashes.size).toBe(100);
  });

  it('a track without a frame is no video', async () => {
    const file = await makeClip(dir, 'headless.ts', H264, { seconds: 1 });
    const bytes = await readFile(file);
    const cut = path.join(dir, 'tables-only.ts');
    await writeFile(cut, bytes.subarray(0, 188 * 3));
    await expect(
      probeVideo(tools, cut).then(async () => (await openClip(tools, cut)).index.ptsUs.length),
    ).rejects.toMatchObject({ code: 'source_unreadable' });
  });
});
