import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `condition` returns something true, and returns that. A condition that throws counts as not yet met; its
 * last error is told when time runs out.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: { readonly timeoutMs: number; readonly intervalMs?: number; readonly what?: string },
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const giveUpMs = Date.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      // The truthiness check is what removes these from the type.
      if (value) return value as Exclude<T, undefined | null | false | 0 | ''>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > giveUpMs)
      throw new Error(`${options.what ?? 'the condition'} was not met within ${options.timeoutMs} ms`, {
        cause: lastError,
      });
    await delay(options.intervalMs ?? 20);
  }
}
