import type { JobCounts, Producer } from '../queue/producer.js';
import type { QueueName } from '../queue/definitions.js';

export type QueueCounts = Readonly<Record<QueueName, JobCounts>>;

/** How often the queue is asked at most, and how long anybody waits for its answer. */
const MAX_AGE_MS = 1_000;

/**
 * Job counts for /stats, which autoscalers and health checks ask all the time: the queue is asked at most once a second
 * however many ask, and a queue that is away gives null within a second instead of an error.
 */
export function createQueueCounts(
  producer: Pick<Producer, 'counts'>,
  now: () => number = () => performance.now(),
): () => Promise<QueueCounts | null> {
  let answer: Promise<QueueCounts | null> = Promise.resolve(null);
  let askedMs = -Infinity;
  return () => {
    if (now() - askedMs >= MAX_AGE_MS) {
      askedMs = now();
      answer = withinLimit(producer.counts());
    }
    return answer;
  };
}

async function withinLimit(counts: Promise<QueueCounts>): Promise<QueueCounts | null> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), MAX_AGE_MS)));
  try {
    return await Promise.race([counts, limit]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
