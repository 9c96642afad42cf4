import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisView, DeleteReceipt } from '../../../src/api/schemas.js';
import { failAnalysis } from '../../../src/db/analyses.js';
import { heartbeatSegment } from '../../../src/db/segments.js';
import { waitFor } from '../../support/wait-for.js';
import { claimed, createAnalyzing, createQueued, FAILURE, keyOf } from '../db/fixtures.js';
import { startTestApi, type TestApi } from './api-server.js';
import { createFinished } from './finished-analysis.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.stop());

type Event = { readonly id: string | undefined; readonly event: string; readonly data: Partial<AnalysisView> };

type Watch = {
  readonly status: number;
  readonly events: Event[];
  /** The stream has ended by itself. */
  readonly ended: () => boolean;
  readonly close: () => void;
};

async function watch(route: string, headers: Record<string, string> = {}): Promise<Watch> {
  const abort = new AbortController();
  const response = await fetch(test.url + route, { headers, signal: abort.signal });
  const events: Event[] = [];
  let ended = false;
  const read = async (): Promise<void> => {
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) if (part.includes('event: ')) events.push(parse(part));
    }
    ended = true;
  };
  read().catch(() => undefined);
  return { status: response.status, events, ended: () => ended, close: () => abort.abort() };
}

function parse(part: string): Event {
  const fields = Object.fromEntries(
    part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return {
    id: fields['id'],
    event: fields['event'] ?? '',
    data: JSON.parse(fields['data'] ?? 'null') as Partial<AnalysisView>,
  };
}

describe('events of one analysis', () => {
  it('begin with the state, follow changes and end with the analysis', async () => {
    const analysis = await createAnalyzing(test.sql);
    const stream = await watch(`/v1/analyses/${analysis.id}/events`);
    await waitFor(() => stream.events.length === 1, { timeoutMs: 5_000 });
    expect(stream.events[0]).toMatchObject({ event: 'analysis', data: { id: analysis.id, status: 'analyzing' } });
    const key = keyOf(analysis, 0);
    const epoch = await claimed(test.sql, key);
    for (let frames = 1; frames <= 9; frames += 1) await heartbeatSegment(test.sql, key, epoch, frames);
    const last = await waitFor(() => stream.events.find((event) => event.data.progress?.framesDone === 9), {
      timeoutMs: 5_000,
    });
    expect(last.data.progress?.percent).toBeGreaterThan(5);
    // Ten changes within a moment are one or two events, not ten.
    expect(stream.events.length).toBeLessThanOrEqual(4);
    await failAnalysis(test.sql, analysis.id, analysis.run, FAILURE);
    await waitFor(() => stream.ended(), { timeoutMs: 5_000 });
    expect(stream.events.slice(-2)).toMatchObject([
      { event: 'analysis', data: { status: 'failed', error: FAILURE } },
      { event: 'end', data: { status: 'failed' } },
    ]);
    const again = await watch(`/v1/analyses/${analysis.id}/events`, {
      'last-event-id': stream.events.at(-1)?.id ?? '',
    });
    expect(again.status).toBe(204);
  });

  it('end at once when the analysis has', async () => {
    const done = await createFinished(test);
    const stream = await watch(`/v1/analyses/${done.id}/events`, { 'last-event-id': 'something-old' });
    await waitFor(() => stream.ended(), { timeoutMs: 5_000 });
    expect(stream.events.map((event) => event.event)).toEqual(['analysis', 'end']);
  });

  it('answer HEAD without a stream', async () => {
    const { id } = await createQueued(test.sql);
    for (const route of [`/v1/analyses/${id}/events`, '/v1/events']) {
      const response = await fetch(test.url + route, { method: 'HEAD' });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
    }
  });

  it('tell of a deletion', async () => {
    const { id } = await createQueued(test.sql);
    const stream = await watch(`/v1/analyses/${id}/events`);
    await waitFor(() => stream.events.length === 1, { timeoutMs: 5_000 });
    await test.call<DeleteReceipt>('DELETE', `/v1/analyses/${id}`);
    await waitFor(() => stream.ended(), { timeoutMs: 5_000 });
    expect(stream.events.at(-1)).toMatchObject({ event: 'deleted', data: { id } });
  });
});

describe('events of all analyses', () => {
  it('tell of new ones and of changes', async () => {
    const stream = await watch('/v1/events');
    const { json } = await test.call<AnalysisView>('POST', '/v1/analyses', {
      videoUrl: 'https://user-videos.example.com/a.mp4',
    });
    await waitFor(() => stream.events.some((event) => event.data.id === json.id && event.data.status === 'queued'), {
      timeoutMs: 5_000,
    });
    await test.call<AnalysisView>('POST', `/v1/analyses/${json.id}/cancel`);
    await waitFor(() => stream.events.some((event) => event.data.status === 'cancelled'), { timeoutMs: 5_000 });
    stream.close();
  });
});

describe('stopping', () => {
  it('ends open streams and does not wait for their clients', async () => {
    const other = await startTestApi();
    const response = await fetch(`${other.url}/v1/events`);
    const startedMs = Date.now();
    await other.stop();
    expect(Date.now() - startedMs).toBeLessThan(3_000);
    await expect(response.text()).resolves.toContain('retry:');
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  });
});
