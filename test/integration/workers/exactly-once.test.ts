import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listSegments, type SegmentRow } from '../../../src/db/segments.js';
import { queueBackends } from '../../support/redis.js';
import { openTestStack, wrapFfmpeg, type TestStack } from '../../support/test-stack.js';
import { waitFor } from '../../support/wait-for.js';
import { testSettings, type SpawnedWorker, type TestEnvironment } from '../../support/worker.js';

const everyFrame = { ...testSettings(), everyNFrames: 1, imageSize: 192 };
const fourSegments = { SEGMENT_TARGET_FRAMES: '5', LOG_LEVEL: 'warn' };
/** Decodes 24 frames a second, so that a segment takes two seconds and can be interrupted. */
const SLOWLY = 'case "$*" in *rawvideo*) exec ffmpeg -readrate 2 "$@";; esac';

describe.each(queueBackends())('exactly once on %s', (_kind, { redisUrl }) => {
  let stack: TestStack;
  let slow: TestEnvironment;
  beforeEach(async () => {
    stack = await openTestStack({ redisUrl, env: fourSegments });
    slow = { FFMPEG_PATH: await wrapFfmpeg(stack.dataDir, SLOWLY) };
  });
  afterEach(() => stack.close());

  const submit = async (): Promise<string> => {
    const { id } = await stack.submitter.submit({ videoUrl: stack.server.url('/site-demo.mp4'), settings: everyFrame });
    return id;
  };
  /** Waits until a worker is in the middle of a segment. */
  const inSegment = (id: string, worker?: SpawnedWorker): Promise<SegmentRow> =>
    waitFor(
      async () =>
        (await listSegments(stack.database.sql, id)).find(
          (segment) =>
            segment.status === 'running' &&
            Date.now() - (segment.claimedAt?.getTime() ?? 0) > 300 &&
            (worker === undefined || segment.workerId?.includes(`-${worker.pid}-`)),
        ),
      { timeoutMs: 30_000, intervalMs: 5, what: 'a running segment' },
    );
  const countFrames = async (id: string): Promise<unknown> => {
    const [row] = await stack.database.sql`
      select count(*) as frames, count(distinct frame_index) as distinct_frames from sampled_frames
      where analysis_id = ${id}`;
    return row;
  };

  it('one segment or four, one worker or two with one killed: the same report', async () => {
    const single = await stack.spawn({ SEGMENT_TARGET_FRAMES: '10000' });
    const whole = await submit();
    expect(await stack.ended(whole)).toMatchObject({ status: 'completed' });
    expect(await listSegments(stack.database.sql, whole)).toHaveLength(1);
    single.kill('SIGKILL');
    await single.exited;

    const [first] = await Promise.all([stack.spawn(slow), stack.spawn(slow)]);
    const split = await submit();
    await inSegment(split, first);
    first.kill('SIGKILL');
    expect(await stack.ended(split)).toMatchObject({ status: 'completed' });
    const segments = await listSegments(stack.database.sql, split);
    expect(segments).toHaveLength(4);
    expect(segments.reduce((sum, segment) => sum + segment.attempts, 0)).toBe(5);
    expect(await countFrames(split)).toEqual({ frames: 180, distinctFrames: 180 });
    expect(await stack.report(split)).toEqual(await stack.report(whole));
  }, 120_000);

  it('a worker that was stopped for longer than its lock finds itself fenced out', async () => {
    const sleeper = await stack.spawn(slow);
    const id = await submit();
    const segment = await inSegment(id);
    sleeper.kill('SIGSTOP');
    await stack.spawn();
    const taken = await waitFor(
      async () =>
        (await listSegments(stack.database.sql, id)).find(
          (row) => row.segmentIndex === segment.segmentIndex && row.epoch > segment.epoch,
        ),
      { timeoutMs: 30_000, what: 'the takeover' },
    );
    expect(taken.workerId).not.toBe(segment.workerId);
    sleeper.kill('SIGCONT');
    await waitFor(() => sleeper.log().includes('fenced_out'), { timeoutMs: 20_000, what: 'the fence' });
    expect(await stack.ended(id)).toMatchObject({ status: 'completed' });
    expect(await countFrames(id)).toEqual({ frames: 180, distinctFrames: 180 });
  }, 120_000);
});
