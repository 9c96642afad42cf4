import { expect, it } from 'vitest';
import { renderSummaryTable } from '../../../src/report/summary-table.js';
import { demoReport, emptyReport } from '../../fixtures/reports/sample-reports.js';

it('has a head and a row per item, in ordinary spaces', () => {
  expect(renderSummaryTable(demoReport())).toEqual([
    ['Item', 'Worn', '95 % interval', 'Unknown', 'Persons judged', 'Violations'],
    ['Helmet', '56.2 %', '6.6–100 %', '2.8 %', '4 of 4', '2'],
    ['Vest', '85.8 %', '50.2–100 %', '3.6 %', '4 of 4', '1'],
  ]);
});

it('says n/a, never 100 %, when nobody was seen', () => {
  expect(renderSummaryTable(emptyReport())[1]).toEqual(['Helmet', 'n/a', 'n/a', 'n/a', 'n/a', '0']);
});
