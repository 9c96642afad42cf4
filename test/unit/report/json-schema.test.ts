import { Ajv2020 } from 'ajv/dist/2020.js';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { reportJsonSchema } from '../../../src/report/json-schema.js';
import { serializeReport } from '../../../src/report/serialize.js';
import { compliantReport, demoReport, emptyReport, partialReport } from '../../fixtures/reports/sample-reports.js';
import { crowdReport, hostileReport, zonesReport } from '../../fixtures/reports/special-reports.js';

describe('report.schema.json', () => {
  it('is what the zod schema says (vitest run -u writes it anew)', async () => {
    const text = await format(JSON.stringify(reportJsonSchema()), { parser: 'json', printWidth: 120 });
    await expect(text).toMatchFileSnapshot('../../../src/report/report.schema.json');
  });

  const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(reportJsonSchema());

  it.each([
    ['demo', demoReport()],
    ['compliant', compliantReport()],
    ['nobody', emptyReport()],
    ['incomplete', partialReport()],
    ['zones and hours', zonesReport()],
    ['hostile names', hostileReport()],
    ['crowd', crowdReport(400)],
  ])('accepts report.json: %s', (_, report) => {
    validate(JSON.parse(serializeReport(report)));
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each([
    ['a rate above 1', (text: string) => text.replace('"rate": 0.562', '"rate": 1.2')],
    ['an unknown field', (text: string) => text.replace('"generatedAt"', '"surprise": 1, "generatedAt"')],
    ['another version', (text: string) => text.replace('"schemaVersion": "1.0"', '"schemaVersion": "2.0"')],
    ['a missing field', (text: string) => text.replace(/"detectionFloorMs": \d+,/, '')],
    ['half a millisecond', (text: string) => text.replace('"durationMs": 15000', '"durationMs": 15000.5')],
  ])('refuses %s', (_, change) => {
    const text = serializeReport(demoReport());
    expect(change(text)).not.toBe(text);
    expect(validate(JSON.parse(change(text)))).toBe(false);
  });
});
