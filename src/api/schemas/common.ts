import { z } from 'zod';
import { ANALYSIS_STATUSES } from './statuses.js';

export * from './statuses.js';

export const analysisStatusSchema = z.enum(ANALYSIS_STATUSES).meta({
  description:
    'queued → downloading → probing → analyzing → reporting → completed | completed_partial (the file was cut off) | failed | cancelled',
  examples: ['analyzing'],
});
export const prioritySchema = z
  .enum(['high', 'normal', 'low'])
  .meta({ description: 'Which analyses the workers take first', examples: ['normal'] });

const id = (prefix: string, what: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-z_]{8,100}$`), `is not the id of ${what} (it looks like ${prefix}_0192f3…)`)
    .meta({ description: `Id of ${what}`, examples: [`${prefix}_019ab0c4d5e6a1b2c3d4e5f60718293a`] });

export const analysisIdSchema = id('an', 'an analysis');
export const assessmentIdSchema = id('as', 'an assessment');
export const uploadIdSchema = id('up', 'an upload');
export const deliveryIdSchema = id('dl', 'a delivery');
export const quoteIdSchema = id('qu', 'a quote');

export const instantSchema = z.iso
  .datetime({ offset: true })
  .meta({ description: 'Clock time, ISO 8601', examples: ['2026-03-01T08:30:00.000Z'] });
export const countSchema = z.number().int().nonnegative();
export const cursorSchema = z.string().min(1).max(500).meta({ description: '`nextCursor` of the page before; opaque' });

export function limitSchema(fallback: number, max: number) {
  return z.coerce
    .number()
    .int()
    .min(1)
    .max(max)
    .default(fallback)
    .meta({ description: `Entries per page, at most ${max}`, examples: [fallback] });
}
