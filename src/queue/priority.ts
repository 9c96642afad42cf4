/** What a user may ask for. */
export type UserPriority = 'high' | 'normal' | 'low';

/** BullMQ's range is 1 … 2^21 - 1, lower first. */
const MAX_PRIORITY = 2_097_151;
const MINUTE_MS = 60_000;
/** Minutes by which a user's wish moves an analysis forward or back in the line. */
const SHIFT_MINUTES: Readonly<Record<UserPriority, number>> = { high: 0, normal: 24 * 60, low: 3 * 24 * 60 };
/** Minutes are counted inside a window that repeats every 3.9 years. */
const WINDOW_MINUTES = MAX_PRIORITY - 1 - 100_000;

/**
 * Fair sharing by a virtual deadline, in minutes: an analysis' n-th segment is due n minutes after its submission.
 * A short video submitted behind a long one has earlier deadlines than the long one's tail, so it starts with the next
 * free worker. Deadlines are absolute, so a long video is overtaken only by what arrives before its deadlines pass and
 * a stream of short ones cannot starve it. The user's wish shifts the whole analysis.
 *
 * Reports and ingests have queues of their own and use segment index 0.
 */
export function jobPriority(job: {
  readonly createdAtMs: number;
  readonly priority: UserPriority;
  readonly segmentIndex?: number;
}): number {
  const minute = Math.floor(job.createdAtMs / MINUTE_MS) % WINDOW_MINUTES;
  const deadline = 1 + minute + SHIFT_MINUTES[job.priority] + (job.segmentIndex ?? 0);
  return Math.min(deadline, MAX_PRIORITY);
}
