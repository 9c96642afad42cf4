import { createHash } from 'node:crypto';
import type { Report } from './schema.js';
import { serializeReport } from './serialize.js';

/** SHA-256 of the bytes of report.json; printed in the other formats, so that they can be matched with it. */
export function hashReport(report: Report): string {
  return createHash('sha256').update(serializeReport(report)).digest('hex');
}
