import { setTimeout as delay } from 'node:timers/promises';
import { createSqlLike, type Sql } from './client.js';

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;
/** A connection that a firewall or a failover has cut silently is found out by asking on it. */
const PROBE_INTERVAL_MS = 15_000;

const PROBE_TIMEOUT_MS = 10_000;

export type Listener = { close(): Promise<void> };

export type ListenOptions = {
  /** Called after a gap in which notifications may have been missed; not for the first subscription. */
  readonly onReconnect?: () => void;
  readonly probeIntervalMs?: number;
};

/**
 * Calls `handler` with the payload of every notification on `channel`, on a connection of its own. After a lost
 * connection it subscribes again, for as long as that takes. Rejects only when the first subscription fails.
 */
export async function listen(
  sql: Sql,
  channel: string,
  handler: (payload: string) => void,
  options: ListenOptions = {},
): Promise<Listener> {
  const state = { closed: false, wake: new AbortController() };
  const first = await subscribe(sql, channel, handler);
  const loop = keepSubscribed(first);
  loop.catch(() => undefined);

  async function keepSubscribed(start: Subscription): Promise<void> {
    let current = start;
    while (!state.closed) {
      await current.lost(options.probeIntervalMs ?? PROBE_INTERVAL_MS, state.wake.signal);
      await current.end();
      const next = await resubscribe();
      if (next === undefined) return;
      current = next;
      options.onReconnect?.();
    }
    await current.end();
  }

  async function resubscribe(): Promise<Subscription | undefined> {
    for (let waitMs = RETRY_FIRST_MS; !state.closed; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
      try {
        return await subscribe(sql, channel, handler);
      } catch {
        await delay(waitMs, undefined, { signal: state.wake.signal, ref: false }).catch(() => undefined);
      }
    }
    return undefined;
  }

  return {
    async close() {
      state.closed = true;
      state.wake.abort();
      await loop;
    },
  };
}

type Subscription = {
  /** Resolves when the connection is gone, or does not answer a probe, or the signal fires. */
  lost(probeIntervalMs: number, signal: AbortSignal): Promise<void>;
  end(): Promise<void>;
};

async function subscribe(sql: Sql, channel: string, handler: (payload: string) => void): Promise<Subscription> {
  let reportClosed: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (reportClosed = resolve));
  // The client's own `listen` gives up for good when its first reconnection fails, so only its parts are used here.
  const connection = createSqlLike(sql, {
    max: 1,
    idle_timeout: null,
    max_lifetime: null,
    fetch_types: false,
    onclose: () => reportClosed(),
    onnotify: (from: string, payload: string) => {
      if (from === channel) handler(payload);
    },
  });
  const end = (): Promise<void> => connection.end({ timeout: 1 }).catch(() => undefined);
  try {
    await connection`listen ${connection(channel)}`;
  } catch (error) {
    await end();
    throw error;
  }
  const lost = async (probeIntervalMs: number, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const pause = delay(probeIntervalMs, 'probe' as const, { signal, ref: false }).catch(() => 'closed' as const);
      if ((await Promise.race([pause, closed.then(() => 'closed' as const)])) === 'closed') return;
      if (!(await answers(connection))) return;
    }
  };
  return { lost, end };
}

async function answers(connection: Sql): Promise<boolean> {
  const timer = delay(PROBE_TIMEOUT_MS, false, { ref: false });
  return Promise.race([connection`select 1`.then(() => true).catch(() => false), timer]);
}
