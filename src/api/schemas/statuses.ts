/** Without zod, so that the web page can use it without carrying the schemas along. */
export const ANALYSIS_STATUSES = [
  'queued',
  'downloading',
  'probing',
  'analyzing',
  'reporting',
  'completed',
  'completed_partial',
  'failed',
  'cancelled',
] as const;

/** States that nothing but a retry or a deletion leaves. */
export const TERMINAL_STATUSES = ['completed', 'completed_partial', 'failed', 'cancelled'] as const;

export function isTerminal(status: (typeof ANALYSIS_STATUSES)[number]): boolean {
  return (TERMINAL_STATUSES as readonly string[]).includes(status);
}
