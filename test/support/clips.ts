import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A folder for clips that a test file makes, and its removal. */
export async function makeClipFolder(): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'hivis-clips-'));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}

/** Runs ffmpeg on paths relative to `dir` and answers the path of the last argument, the output. */
export async function ffmpeg(dir: string, args: readonly string[]): Promise<string> {
  await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args], { cwd: dir });
  return path.join(dir, args.at(-1) ?? '');
}

export type TestPicture = {
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly fps?: number;
  readonly seconds?: number;
};

/** A moving test picture of which no two frames are equal. */
export function testPicture(picture: TestPicture = {}): string[] {
  const { widthPx = 160, heightPx = 120, fps = 25, seconds = 4 } = picture;
  return ['-f', 'lavfi', '-i', `testsrc2=s=${widthPx}x${heightPx}:r=${fps}:d=${seconds}`];
}

/** H.264, a key frame every 20 frames, two B-frames. */
export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '20', '-bf', '2', '-pix_fmt', 'yuv420p'] as const;

/** The same with open groups: frames shown before a key frame need the group before. */
export const H264_OPEN = [...H264, '-x264-params', 'open-gop=1'] as const;

export const HEVC = [
  ...['-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
  ...['-x265-params', 'log-level=none:keyint=20:min-keyint=20:open-gop=1:bframes=3:pools=1'],
] as const;

/** A clip of the test picture; `codec` is one of the lists above or any ffmpeg output options. */
export async function makeClip(
  dir: string,
  name: string,
  codec: readonly string[] = H264,
  picture: TestPicture = {},
): Promise<string> {
  return ffmpeg(dir, [...testPicture(picture), ...codec, name]);
}

/** `upright.mp4` and `turned-<degrees>.mp4`: the same pictures, the second marked to be shown turned. */
export async function makeTurnedClip(dir: string, degrees: number): Promise<string> {
  const turned = `turned-${degrees}.mp4`;
  await makeClip(dir, 'upright.mp4', H264, { seconds: 2 });
  return ffmpeg(dir, ['-display_rotation', String(degrees), '-i', 'upright.mp4', '-c', 'copy', turned]).catch(
    // Before ffmpeg 6.0.
    () => ffmpeg(dir, ['-i', 'upright.mp4', '-c', 'copy', '-metadata:s:v', `rotate=${degrees}`, turned]),
  );
}

/** Encoders that the local ffmpeg has, like `libsvtav1`. */
export async function encoders(): Promise<ReadonlySet<string>> {
  const { stdout } = await run('ffmpeg', ['-hide_banner', '-encoders']);
  return new Set([...stdout.matchAll(/^ V\S{5} (\S+)/gm)].map(([, name]) => name ?? ''));
}
