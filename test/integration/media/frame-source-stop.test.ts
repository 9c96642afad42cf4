import { readdirSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractFrames } from '../../../src/media/extract-frames.js';
import { openFrameSource, type FrameSource } from '../../../src/media/frame-source.js';
import { planSegments } from '../../../src/media/segment-plan.js';
import { findMediaTools, type MediaTools } from '../../../src/media/tools.js';
import { HivisError } from '../../../src/shared/errors.js';
import { H264, makeClip, makeClipFolder } from '../../support/clips.js';
import { openClip, type OpenedClip } from '../../support/pictures.js';
import { waitFor } from '../../support/wait-for.js';

let tools: MediaTools;
let folder: Awaited<ReturnType<typeof makeClipFolder>>;
let clip: OpenedClip;

beforeAll(async () => {
  tools = await findMediaTools({});
  folder = await makeClipFolder();
  const picture = { widthPx: 640, heightPx: 360, seconds: 8 };
  clip = await openClip(tools, await makeClip(folder.dir, 'long.mp4', H264, picture), 640);
});

afterAll(() => folder.remove());

function open(
  options: { signal?: AbortSignal; timeoutMs?: number; with?: MediaTools; file?: string } = {},
): FrameSource {
  const [segment] = planSegments(clip.index, { everyNFrames: 1, targetSampledFrames: 1_000_000 });
  if (segment === undefined) throw new Error('no segment');
  const { signal, timeoutMs = 60_000, file = clip.file } = options;
  return openFrameSource(options.with ?? tools, { ...clip, file, segment, everyNFrames: 1, timeoutMs, signal });
}

async function fakeFfmpeg(name: string, body: string): Promise<MediaTools> {
  const ffmpegPath = path.join(folder.dir, name);
  await writeFile(ffmpegPath, `#!/bin/sh\n${body}\n`);
  await chmod(ffmpegPath, 0o755);
  return { ...tools, ffmpegPath };
}

async function drain(source: FrameSource): Promise<number> {
  let count = 0;
  for await (const _ of source) count += 1;
  return count;
}

/** Command lines of living processes that were started for this test's clip. */
function ffmpegsRunning(): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(clip.file);
      } catch {
        return false;
      }
    }).length;
}

describe.runIf(process.platform === 'linux')('no ffmpeg is left behind', () => {
  it('when the loop is left early', async () => {
    for await (const { frameIndex } of open()) if (frameIndex === 3) break;
    expect(ffmpegsRunning()).toBe(0);
  });

  it('when the loop throws', async () => {
    const failing = async (): Promise<void> => {
      for await (const _ of open()) throw new Error('detector broke');
    };
    await expect(failing()).rejects.toThrow('detector broke');
    expect(ffmpegsRunning()).toBe(0);
  });

  it('when it is closed, started or not', async () => {
    const source = open();
    const pictures = source[Symbol.asyncIterator]();
    await pictures.next();
    expect(ffmpegsRunning()).toBe(1);
    await source.close();
    expect(ffmpegsRunning()).toBe(0);
    await source.close();
    await open().close();
    expect(ffmpegsRunning()).toBe(0);
  });

  it('when it is aborted, with the reason of the one who aborts', async () => {
    const controller = new AbortController();
    const reason = new HivisError('fenced_out', 'another worker has it');
    let count = 0;
    const running = (async () => {
      for await (const _ of open({ signal: controller.signal })) if (++count === 5) controller.abort(reason);
    })();
    await expect(running).rejects.toBe(reason);
    expect(count).toBe(5);
    expect(ffmpegsRunning()).toBe(0);
  });

  it('when single frames are extracted, of which the next ones are on their way', async () => {
    const frames = [...clip.index.keyFlags.keys()].filter((frame) => clip.index.keyFlags[frame] === 1);
    expect(frames.length).toBeGreaterThan(2);
    for await (const { frameIndex } of extractFrames(tools, { ...clip, frames })) if (frameIndex === frames[0]) break;
    expect(ffmpegsRunning()).toBe(0);

    const controller = new AbortController();
    const reason = new HivisError('fenced_out', 'another worker has it');
    const running = (async () => {
      for await (const _ of extractFrames(tools, { ...clip, frames, signal: controller.signal }))
        controller.abort(reason);
    })();
    await expect(running).rejects.toBe(reason);
    expect(ffmpegsRunning()).toBe(0);
  });

  it('when nobody reads on', async () => {
    const pictures = open()[Symbol.asyncIterator]();
    await pictures.next();
    // ffmpeg waits: it does not run ahead into memory.
    const rssMb = process.memoryUsage.rss() / 1e6;
    await pictures.next();
    expect(process.memoryUsage.rss() / 1e6 - rssMb).toBeLessThan(50);
    await pictures.return?.();
    await waitFor(() => ffmpegsRunning() === 0, { timeoutMs: 5_000 });
  });
});

describe('the frame source fails', () => {
  it('when it was cancelled before', async () => {
    await expect(drain(open({ signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('when ffmpeg hangs', async () => {
    const hanging = await fakeFfmpeg('hangs', 'exec sleep 600');
    await expect(drain(open({ with: hanging, timeoutMs: 300 }))).rejects.toMatchObject({
      code: 'timed_out',
      retryable: true,
    });
  });

  it('when ffmpeg is gone, and hivis lives on', async () => {
    const gone = { ...tools, ffmpegPath: '/nonexistent/ffmpeg' };
    await expect(drain(open({ with: gone }))).rejects.toMatchObject({ code: 'ffmpeg_missing' });
  });

  it('when ffmpeg crashes, with what it said last', async () => {
    const crashing = await fakeFfmpeg('crashes', 'seq 1 20000 >&2; kill -SEGV $$');
    await expect(drain(open({ with: crashing }))).rejects.toMatchObject({
      code: 'ffmpeg_failed',
      retryable: true,
      details: { exitSignal: 'SIGSEGV', exitCode: null, stderrTail: expect.stringMatching(/20000$/) as string },
    });
  });

  it('when ffmpeg ends with an error after some pictures', async () => {
    const bytes = clip.letterbox.inputWidthPx * clip.letterbox.inputHeightPx * 3;
    const failing = await fakeFfmpeg('fails', `head -c ${bytes * 2} /dev/zero; echo broken >&2; exit 1`);
    const seen: number[] = [];
    const running = (async () => {
      for await (const { frameIndex } of open({ with: failing })) seen.push(frameIndex);
    })();
    await expect(running).rejects.toMatchObject({
      code: 'ffmpeg_failed',
      details: { exitCode: 1, stderrTail: 'broken' },
    });
    expect(seen).toEqual([0, 1]);
  });

  it('when the file is gone', async () => {
    await expect(drain(open({ file: path.join(folder.dir, 'gone.mp4') }))).rejects.toMatchObject({
      code: 'ffmpeg_failed',
      details: { stderrTail: expect.stringContaining('No such file') as string },
    });
  });

  it('not when ffmpeg ends early with only part of the last picture', async () => {
    const bytes = clip.letterbox.inputWidthPx * clip.letterbox.inputHeightPx * 3;
    const short = await fakeFfmpeg('short', `head -c ${bytes * 2 + 1000} /dev/zero`);
    expect(await drain(open({ with: short }))).toBe(2);
  });

  it('not when ffmpeg says a lot', async () => {
    const talking = await fakeFfmpeg('talks', `seq 1 300000 >&2; exec ffmpeg "$@"`);
    expect(await drain(open({ with: talking }))).toBe(200);
  });
});
