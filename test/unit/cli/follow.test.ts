import { expect, test } from 'vitest';
import type { AnalysisView } from '../../../src/api/schemas.js';
import type { ApiClient } from '../../../src/cli/api-client.js';
import { followAnalysis } from '../../../src/cli/follow.js';
import { HivisError } from '../../../src/shared/errors.js';
import { analysisView } from '../../support/analysis-view.js';

type Step = readonly AnalysisView[] | Error;

/** Each call of `watchAnalysis` plays the next list of views, or throws; `getAnalysis` likewise. */
function fakeClient(watches: Step[], gets: (AnalysisView | Error)[]) {
  const calls: string[] = [];
  const client = {
    // eslint-disable-next-line @typescript-eslint/require-await -- the contract is asynchronous
    async *watchAnalysis() {
      calls.push('watch');
      const step = watches.shift() ?? [];
      if (step instanceof Error) throw step;
      yield* step;
    },
    getAnalysis() {
      calls.push('get');
      const step = gets.shift() ?? analysisView();
      return step instanceof Error ? Promise.reject(step) : Promise.resolve(step);
    },
  } as unknown as ApiClient;
  return { client, calls };
}

function follow(client: ApiClient, options: { gone?: boolean; signal?: AbortSignal; onView?: () => void } = {}) {
  return followAnalysis({
    client,
    analysisId: 'an_1',
    retryMs: 1,
    onView: options.onView ?? (() => undefined),
    isServerGone: () => Promise.resolve(options.gone ?? false),
    signal: options.signal ?? new AbortController().signal,
  });
}

const RUNNING = analysisView({ status: 'analyzing' });
const DONE = analysisView({ status: 'completed' });
const UNREACHABLE = new HivisError('server_unreachable', 'no answer', { retryable: true });

test('returns the first view that has ended', async () => {
  const { client, calls } = fakeClient([[RUNNING, DONE]], []);
  await expect(follow(client)).resolves.toBe(DONE);
  expect(calls).toEqual(['watch']);
});

test('a stream that ends early is asked again', async () => {
  const { client, calls } = fakeClient([[RUNNING], [DONE]], [RUNNING]);
  await expect(follow(client)).resolves.toBe(DONE);
  expect(calls).toEqual(['watch', 'get', 'watch']);
});

test('a restarting server is waited for', async () => {
  const { client } = fakeClient([new TypeError('terminated'), UNREACHABLE, [DONE]], []);
  await expect(follow(client)).resolves.toBe(DONE);
});

test('a server that has gone for good is not', async () => {
  const { client, calls } = fakeClient([UNREACHABLE], []);
  await expect(follow(client, { gone: true })).rejects.toBe(UNREACHABLE);
  expect(calls).toEqual(['watch']);
});

test('what the server says about the request is final', async () => {
  const missing = new HivisError('analysis_not_found', 'gone', { details: { status: 404 } });
  const { client, calls } = fakeClient([missing], []);
  await expect(follow(client)).rejects.toBe(missing);
  expect(calls).toEqual(['watch']);
});

test('an interruption ends it at once', async () => {
  const controller = new AbortController();
  const { client } = fakeClient([[RUNNING]], [RUNNING]);
  const reason = new Error('interrupted');
  const onView = (): void => controller.abort(reason);
  await expect(follow(client, { signal: controller.signal, onView })).rejects.toMatchObject({ cause: reason });
});
