import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChangeHub, type Change, type ChangeHub } from '../../../src/api/change-hub.js';
import type { AnalysisView } from '../../../src/api/schemas.js';
import { createLogger } from '../../../src/shared/logger.js';

const log = createLogger({ level: 'silent', name: 'test' });
const hubs: ChangeHub[] = [];

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
  vi.useRealTimers();
});

function create(load: (id: string) => Promise<AnalysisView | undefined>): ChangeHub {
  const hub = createChangeHub({ load, log });
  hubs.push(hub);
  return hub;
}

const view = (id: string) => ({ id }) as AnalysisView;

describe('createChangeHub', () => {
  it('reads an analysis once for many notifications and many streams', async () => {
    const load = vi.fn((id: string) => Promise.resolve(view(id)));
    const hub = create(load);
    const seen: Change[][] = [[], []];
    for (const changes of seen) hub.subscribe({ analysisId: 'an_1', onChange: (change) => changes.push(change) });
    for (let index = 0; index < 100; index += 1) hub.notify('an_1');
    await vi.advanceTimersByTimeAsync(249);
    expect(load).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(load).toHaveBeenCalledTimes(1);
    expect(seen.map((changes) => changes.length)).toEqual([1, 1]);
  });

  it('does not read what nobody watches', async () => {
    const load = vi.fn((id: string) => Promise.resolve(view(id)));
    const hub = create(load);
    const stop = hub.subscribe({ analysisId: 'an_1', onChange: () => undefined });
    hub.notify('an_2');
    hub.notify('an_1');
    stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load).not.toHaveBeenCalled();
  });

  it('tells those who watch everything about every analysis, and about deletions', async () => {
    const hub = create((id) => Promise.resolve(id === 'an_gone' ? undefined : view(id)));
    const changes: Change[] = [];
    hub.subscribe({ analysisId: null, onChange: (change) => changes.push(change) });
    hub.notify('an_1');
    hub.notify('an_gone');
    await vi.advanceTimersByTimeAsync(300);
    expect(changes).toEqual([
      { kind: 'changed', view: view('an_1') },
      { kind: 'deleted', analysisId: 'an_gone' },
    ]);
  });

  it('looks again by itself, for a notification may be lost', async () => {
    const load = vi.fn((id: string) => Promise.resolve(view(id)));
    const hub = create(load);
    hub.subscribe({ analysisId: 'an_1', onChange: () => undefined });
    await vi.advanceTimersByTimeAsync(15_300);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('outlives a database that does not answer', async () => {
    let broken = true;
    const hub = create((id) => (broken ? Promise.reject(new Error('away')) : Promise.resolve(view(id))));
    const changes: Change[] = [];
    hub.subscribe({ analysisId: 'an_1', onChange: (change) => changes.push(change) });
    hub.notify('an_1');
    await vi.advanceTimersByTimeAsync(300);
    broken = false;
    hub.notify('an_1');
    await vi.advanceTimersByTimeAsync(300);
    expect(changes).toHaveLength(1);
  });
});
