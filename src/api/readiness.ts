import type { Readiness } from './schemas.js';

/** One thing that has to work; throws when it does not. */
export type ReadinessChecks = Readonly<Record<keyof Readiness['checks'], () => Promise<void>>>;

const TIMEOUT_MS = 3_000;
/** Callers within this time share one round of checks, so that asking often costs nothing. */
const REUSE_MS = 1_000;

/** Really asks every part, each within its own time. */
export function createReadiness(checks: ReadinessChecks, timeoutMs: number = TIMEOUT_MS): () => Promise<Readiness> {
  let last: { readonly atMs: number; readonly result: Promise<Readiness> } | undefined;
  return () => {
    if (last === undefined || performance.now() - last.atMs > REUSE_MS)
      last = { atMs: performance.now(), result: runChecks(checks, timeoutMs) };
    return last.result;
  };
}

async function runChecks(checks: ReadinessChecks, timeoutMs: number): Promise<Readiness> {
  const [database, schema, queue, storage] = await Promise.all([
    runCheck(checks.database, timeoutMs),
    runCheck(checks.schema, timeoutMs),
    runCheck(checks.queue, timeoutMs),
    runCheck(checks.storage, timeoutMs),
  ]);
  const ready = [database, schema, queue, storage].every((check) => check.ok);
  return { status: ready ? 'ready' : 'not_ready', checks: { database, schema, queue, storage } };
}

async function runCheck(check: () => Promise<void>, timeoutMs: number): Promise<Readiness['checks']['queue']> {
  const startedMs = performance.now();
  const timer = new AbortController();
  try {
    await Promise.race([check(), rejectAfter(timeoutMs, timer.signal)]);
    return { ok: true, latencyMs: Math.round(performance.now() - startedMs), reason: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, latencyMs: Math.round(performance.now() - startedMs), reason: withoutSecrets(reason) };
  } finally {
    timer.abort();
  }
}

function rejectAfter(timeoutMs: number, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    signal.addEventListener('abort', () => clearTimeout(timer));
  });
}

/** Connection strings in messages of drivers may carry passwords, and this page is open to everybody. */
function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^/\s@]*@/g, '//***@').slice(0, 300);
}
