import { expect, test } from 'vitest';
import { renderVerdict } from '../../../src/cli/verdict-table.js';
import { compliantReport, demoReport, emptyReport, partialReport } from '../../fixtures/reports/sample-reports.js';
import { crowdReport, hostileReport, zonesReport } from '../../fixtures/reports/special-reports.js';

const plain = (_colour: string, text: string): string => text;

test('the sample on one screen', () => {
  expect(renderVerdict(demoReport(), plain)).toMatchInlineSnapshot(`
    "Violations found
    3 violations by 3 of 4 persons: helmet missing 2 times and vest missing once.

    ┌────────┬────────┬───────────────┬────────────┬────────────┐
    │ Item   │   Worn │ 95 % interval │ Not judged │ Violations │
    ├────────┼────────┼───────────────┼────────────┼────────────┤
    │ Helmet │ 56.2 % │     6.6–100 % │      2.8 % │          2 │
    │ Vest   │ 85.8 % │    50.2–100 % │      3.6 % │          1 │
    └────────┴────────┴───────────────┴────────────┴────────────┘

    ┌───┬──────────┬─────────┬─────────┬─────────┬────────────┐
    │ # │ Person   │ Missing │ From    │ To      │ Confidence │
    ├───┼──────────┼─────────┼─────────┼─────────┼────────────┤
    │ 1 │ Person 2 │ Helmet  │ 00:00.0 │ 00:15.0 │ 0.51       │
    │ 2 │ Person 4 │ Vest    │ 00:04.2 │ 00:12.1 │ 0.88       │
    │ 3 │ Person 3 │ Helmet  │ 00:07.5 │ 00:15.0 │ 0.85       │
    └───┴──────────┴─────────┴─────────┴─────────┴────────────┘

    Sampled every 5th frame of 12 fps: violations under 0.84 s can be missed."
  `);
});

test('a compliant video has no violation table', () => {
  const text = renderVerdict(compliantReport(), plain);
  expect(text).toContain('Compliant: no violations found');
  expect(text).not.toContain('Person');
});

test('nobody in the picture: nothing is claimed', () => {
  const text = renderVerdict(emptyReport(), plain);
  expect(text).toContain('Could not be judged');
  expect(text).toContain('n/a');
});

test('an incomplete analysis says so and why', () => {
  expect(renderVerdict(partialReport(), plain)).toMatch(/^Incomplete: .*\d/m);
});

test('zones get a column', () => {
  const report = zonesReport();
  const zone = report.violations.find((violation) => violation.zone !== null)?.zone;
  expect(renderVerdict(report, plain)).toContain(zone);
});

test('of many violations the first twelve are shown and the rest is counted', () => {
  const lines = renderVerdict(crowdReport(5_000), plain).split('\n');
  expect(lines.filter((line) => line.includes('Person '))).toHaveLength(12 + 1);
  expect(lines.some((line) => line.includes('and 4 988 more violations in the report'))).toBe(true);
});

test('no control character of a report reaches the terminal', () => {
  // eslint-disable-next-line no-control-regex -- exactly these are looked for
  expect(renderVerdict(hostileReport(), plain)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test('the verdict is coloured by its tone', () => {
  const used: string[] = [];
  renderVerdict(demoReport(), (colour, text) => {
    used.push(`${colour}:${text}`);
    return text;
  });
  expect(used).toContain('red:Violations found');
});
