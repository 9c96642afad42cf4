import { readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeVideo } from '../../../src/media/probe.js';
import { findMediaTools, type MediaTools } from '../../../src/media/tools.js';
import { ffmpeg, H264, makeClip, makeClipFolder, makeTurnedClip, testPicture } from '../../support/clips.js';

let tools: MediaTools;
let folder: Awaited<ReturnType<typeof makeClipFolder>>;
let dir: string;

beforeAll(async () => {
  tools = await findMediaTools({});
  folder = await makeClipFolder();
  dir = folder.dir;
});

afterAll(() => folder.remove());

async function textFile(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(file, content);
  return file;
}

describe('probeVideo', () => {
  it('describes an MP4', async () => {
    const file = await makeClip(dir, 'plain.mp4');
    expect(await probeVideo(tools, file)).toEqual({
      container: 'mp4',
      codec: 'h264',
      widthPx: 160,
      heightPx: 120,
      rotationDegrees: 0,
      fps: 25,
      declaredDurationMs: 4000,
      declaredFrames: 100,
      formatStartUs: 0,
      streamIndex: 0,
      sizeBytes: (await readFile(file)).length,
      missingBytes: 0,
      pixelFormat: 'yuv420p',
      timeBase: { num: 1, den: 12800 },
      reordersFrames: true,
    });
  });

  it.each([
    ['clip.mkv', 'matroska', H264],
    ['clip.ts', 'mpegts', H264],
    ['clip.avi', 'avi', ['-c:v', 'mpeg4']],
    ['clip.mov', 'mp4', ['-c:v', 'mjpeg']],
    ['clip.webm', 'matroska', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8']],
  ])('recognises %s', async (name, container, codec) => {
    const probe = await probeVideo(tools, await makeClip(dir, name, codec, { seconds: 1 }));
    expect(probe).toMatchObject({ container, widthPx: 160, heightPx: 120, fps: 25 });
  });

  it('does not care about the name', async () => {
    const file = await makeClip(dir, 'real.mkv', H264, { seconds: 1 });
    const renamed = await textFile('renamed.mp4', await readFile(file));
    expect(await probeVideo(tools, renamed)).toMatchObject({ container: 'matroska', codec: 'h264' });
    const noName = await textFile('-i', await readFile(file));
    expect(await probeVideo(tools, noName)).toMatchObject({ container: 'matroska' });
  });

  it.each([
    [90, 90],
    [270, 90],
    [180, 0],
  ])('swaps the sides for a turn by %i', async (rotate, halfTurn) => {
    const probe = await probeVideo(tools, await makeTurnedClip(dir, rotate));
    expect(probe.rotationDegrees % 180).toBe(halfTurn);
    expect(probe).toMatchObject(halfTurn === 0 ? { widthPx: 160, heightPx: 120 } : { widthPx: 120, heightPx: 160 });
  });

  it('makes pixels square', async () => {
    const file = await makeClip(dir, 'wide-pixels.mp4', [...H264, '-vf', 'setsar=2/1'], { seconds: 1 });
    expect(await probeVideo(tools, file)).toMatchObject({ widthPx: 320, heightPx: 120 });
  });

  it('takes the video and not the cover picture', async () => {
    await ffmpeg(dir, [...testPicture({ seconds: 1, widthPx: 600, heightPx: 600 }), '-frames:v', '1', 'cover.jpg']);
    await makeClip(dir, 'uncovered.mp4', H264, { seconds: 1 });
    const covered = await ffmpeg(dir, [
      ...['-i', 'cover.jpg', '-i', 'uncovered.mp4', '-map', '0', '-map', '1', '-c', 'copy'],
      ...['-disposition:v:0', 'attached_pic', 'covered.mp4'],
    ]);
    expect(await probeVideo(tools, covered)).toMatchObject({ codec: 'h264', widthPx: 160 });
  });

  it('takes the track that is marked as default, else the largest', async () => {
    const inputs = [...testPicture({ seconds: 1 }), ...testPicture({ seconds: 1, widthPx: 320, heightPx: 240 })];
    const both = [...inputs, '-map', '0', '-map', '1', ...H264];
    const small = await ffmpeg(dir, [...both, '-disposition:v:0', 'default', '-disposition:v:1', '0', 'small.mkv']);
    expect(await probeVideo(tools, small)).toMatchObject({ streamIndex: 0, widthPx: 160 });
    const large = await ffmpeg(dir, [...both, 'large.ts']);
    expect(await probeVideo(tools, large)).toMatchObject({ streamIndex: 1, widthPx: 320 });
  });

  it('reads 10-bit and odd sizes', async () => {
    const odd = ['-vf', 'scale=161:119,setsar=1', '-c:v', 'libx264', '-pix_fmt', 'yuv444p10le'];
    const file = await makeClip(dir, 'ten.mkv', odd, { seconds: 1 });
    expect(await probeVideo(tools, file)).toMatchObject({ pixelFormat: 'yuv444p10le', widthPx: 161, heightPx: 119 });
  });
});

describe('probeVideo refuses', () => {
  it('an empty file', async () => {
    await expect(probeVideo(tools, await textFile('empty.mp4', ''))).rejects.toMatchObject({ code: 'source_empty' });
  });

  it('a file that is not there', async () => {
    await expect(probeVideo(tools, path.join(dir, 'gone.mp4'))).rejects.toMatchObject({ code: 'source_unreadable' });
  });

  it.each([
    ['an HLS playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'],
    ['an ffconcat list', 'ffconcat version 1.0\nfile /etc/passwd\n'],
    ['a page', '<!doctype html><html><body>Sign in</body></html>'],
    ['text', 'hello '.repeat(1000)],
    ['noise', Uint8Array.from({ length: 20_000 }, (_, i) => (i * i * 31) & 255)],
  ])('%s with the name of a video', async (_, content) => {
    await expect(probeVideo(tools, await textFile('named.mp4', content))).rejects.toMatchObject({
      code: 'source_not_a_video',
      retryable: false,
    });
  });

  it('a playlist that would open a real video beside it', async () => {
    const clip = await makeClip(dir, 'beside.ts', H264, { seconds: 1 });
    const lists = ['ffconcat version 1.0\nfile beside.ts\n', `#EXTM3U\n#EXTINF:1,\nfile://${clip}\n#EXT-X-ENDLIST\n`];
    for (const list of lists)
      for (const name of ['list.mkv', 'list.m3u8', 'list.ffconcat'])
        await expect(probeVideo(tools, await textFile(name, list))).rejects.toMatchObject({
          code: 'source_not_a_video',
        });
  });

  it.each(['still.png', 'still.jpg', 'still.gif'])('%s', async (name) => {
    const file = await ffmpeg(dir, [...testPicture({ seconds: 1 }), '-frames:v', '1', name]);
    const expected = { code: 'source_not_a_video', message: expect.stringContaining('image') as string };
    await expect(probeVideo(tools, file)).rejects.toMatchObject(expected);
    await expect(probeVideo(tools, await textFile('still.mp4', await readFile(file)))).rejects.toMatchObject(expected);
  });

  it.each(['sound.m4a', 'sound.mp4', 'sound.mkv', 'sound.mp3', 'sound.wav', 'sound.ogg'])('%s', async (name) => {
    const file = await ffmpeg(dir, ['-f', 'lavfi', '-i', 'sine=d=1', name]);
    await expect(probeVideo(tools, file)).rejects.toMatchObject({ code: 'no_video_stream' });
  });

  it('a codec that is not supported', async () => {
    const file = await makeClip(dir, 'old.mkv', ['-c:v', 'mpeg2video'], { seconds: 1 });
    await expect(probeVideo(tools, file)).rejects.toMatchObject({
      code: 'unsupported_codec',
      details: { codec: 'mpeg2video' },
    });
  });

  it('an MP4 that was cut off before its index', async () => {
    const file = await makeClip(dir, 'cut.mp4');
    await truncate(file, 20_000);
    await expect(probeVideo(tools, file)).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('moov') as string,
    });
  });

  it('work that was cancelled', async () => {
    const file = await makeClip(dir, 'cancelled.mp4', H264, { seconds: 1 });
    await expect(probeVideo(tools, file, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
