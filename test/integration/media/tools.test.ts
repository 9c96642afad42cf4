import { readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool } from '../../../src/media/run-tool.js';
import { findMediaTools, keepFramesOption } from '../../../src/media/tools.js';
import { makeClipFolder } from '../../support/clips.js';
import { waitFor } from '../../support/wait-for.js';

let folder: Awaited<ReturnType<typeof makeClipFolder>>;

beforeAll(async () => {
  folder = await makeClipFolder();
});

afterAll(() => folder.remove());

async function script(name: string, body: string): Promise<string> {
  const file = path.join(folder.dir, name);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

describe('findMediaTools', () => {
  it('finds ffmpeg and ffprobe in PATH', async () => {
    const tools = await findMediaTools({ ffmpegPath: null, ffprobePath: null });
    expect(tools).toMatchObject({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
    expect(tools.version).not.toBe('');
  });

  it('says how to install what is missing', async () => {
    await expect(findMediaTools({ ffmpegPath: '/nonexistent/ffmpeg' })).rejects.toMatchObject({
      code: 'ffmpeg_missing',
      message: expect.stringMatching(/install.*FFMPEG_PATH/s) as string,
    });
    await expect(findMediaTools({ ffprobePath: '/nonexistent/ffprobe' })).rejects.toMatchObject({
      code: 'ffmpeg_missing',
      message: expect.stringContaining('FFPROBE_PATH') as string,
    });
  });

  it('refuses what is not ffmpeg and what is too old', async () => {
    await expect(findMediaTools({ ffmpegPath: '/bin/true' })).rejects.toMatchObject({ code: 'ffmpeg_missing' });
    const ffmpegPath = await script('ffmpeg-old', 'echo "ffmpeg version 3.4.8-0ubuntu0.2 Copyright"');
    await expect(findMediaTools({ ffmpegPath, ffprobePath: 'ffprobe' })).rejects.toThrow(/3\.4\.8.*too old/);
  });

  it('takes development builds and the ffprobe beside an ffmpeg', async () => {
    const ffmpegPath = await script('ffmpeg', 'echo "ffmpeg version N-118193-g5f38c82 Copyright"');
    const ffprobePath = await script('ffprobe', 'echo "ffprobe version N-118193-g5f38c82 Copyright"');
    expect(await findMediaTools({ ffmpegPath })).toEqual({ ffmpegPath, ffprobePath, version: 'N-118193-g5f38c82' });
  });

  it.each([
    ['4.4.2-0ubuntu0.22.04.1', '-vsync'],
    ['5.0.1', '-vsync'],
    ['5.1.9-0+deb12u1', '-fps_mode'],
    ['n7.1', '-fps_mode'],
    ['N-118193-g5f38c82', '-fps_mode'],
  ])('keeps frames with the option that %s knows', (version, option) => {
    expect(keepFramesOption({ ffmpegPath: '', ffprobePath: '', version })).toEqual([option, 'passthrough']);
  });
});

describe('runTool', () => {
  const ignore = (): void => undefined;

  it('reports exit code and the last words', async () => {
    const path = await script('fails', 'echo one; seq 1 5000 >&2; exit 3');
    let out = '';
    const exit = await runTool({ path, args: [], timeoutMs: 5_000, onStdout: (chunk) => (out += chunk.toString()) });
    expect(out).toBe('one\n');
    expect(exit).toMatchObject({ exitCode: 3, exitSignal: null });
    expect(exit.stderrTail).toMatch(/4999\n5000$/);
    expect(exit.stderrTail.length).toBeLessThanOrEqual(4096);
  });

  it('ends a tool that hangs, and its children', async () => {
    const pidFile = path.join(folder.dir, 'pid');
    const hanging = await script('hangs', `sleep 600 & echo $! > ${pidFile}; wait`);
    await expect(runTool({ path: hanging, args: [], timeoutMs: 300, onStdout: ignore })).rejects.toMatchObject({
      code: 'timed_out',
      retryable: true,
    });
    const pid = Number(readFileSync(pidFile, 'utf8'));
    await waitFor(() => !isRunning(pid), { timeoutMs: 5_000, what: 'the end of the child' });
  });

  it('ends at once when it is cancelled', async () => {
    const hanging = await script('hangs-too', 'sleep 600');
    const controller = new AbortController();
    const running = runTool({
      ...{ path: hanging, args: [], timeoutMs: 60_000, onStdout: ignore },
      signal: controller.signal,
    });
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(
      runTool({ path: hanging, args: [], timeoutMs: 60_000, onStdout: ignore, signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('passes on what the reader of its output throws', async () => {
    const endless = await script('endless', 'yes');
    const error = new Error('enough');
    await expect(
      runTool({
        ...{ path: endless, args: [], timeoutMs: 10_000 },
        onStdout: () => {
          throw error;
        },
      }),
    ).rejects.toBe(error);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
