/**
 * The thin line between the embedded stack and its children. A process that was started by hand has no parent
 * channel, and then all of this does nothing.
 */
export type ChildReport =
  | { readonly kind: 'ready'; readonly url: string | null }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly retryable: boolean };

/** Tells the parent that this process serves (`url`: where the API really listens; null for a worker). */
export function reportReady(url: string | null): void {
  send({ kind: 'ready', url });
}

/** Tells the parent why this process is about to end, so that it can say so instead of trying again in vain. */
export function reportFailure(error: {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}): void {
  send({ kind: 'failed', code: error.code, message: error.message, retryable: error.retryable });
}

/**
 * Calls `stop` once when the parent has gone, however it ended; also when that happened before we got to ask, as
 * starting takes seconds on a busy machine. The channel alone keeps no process alive.
 */
export function onParentGone(stop: () => void): void {
  if (process.send === undefined) return;
  if (!process.connected) {
    setImmediate(stop);
    return;
  }
  process.once('disconnect', stop);
  process.channel?.unref();
}

export function isChildReport(message: unknown): message is ChildReport {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    (message.kind === 'ready' || message.kind === 'failed')
  );
}

function send(report: ChildReport): void {
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}
