import { z } from 'zod';
import { REPORT_SCHEMA_VERSION, reportSchema } from './schema.js';

/** The JSON Schema (draft 2020-12) of report.json, made from the zod schema; kept in report.schema.json for others. */
export function reportJsonSchema(): Record<string, unknown> {
  const { $schema, ...body } = z.toJSONSchema(reportSchema, { target: 'draft-2020-12' });
  return { $schema, title: `hivis report.json ${REPORT_SCHEMA_VERSION}`, ...body };
}
