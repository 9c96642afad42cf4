import { expect, it } from 'vitest';
import { renderSummary, renderSummaryTable } from '../../../src/report/summary-table.js';
import { demoReport, emptyReport, partialReport } from '../../fixtures/reports/sample-reports.js';

it('has a head and a row per item, in ordinary spaces', () => {
  expect(renderSummaryTable(demoReport())).toEqual([
    ['Item', 'Worn', '95 % interval', 'Unknown', 'Judged on', 'Violations'],
    ['Helmet', '56.2 %', '6.6–100 %', '2.8 %', '4 of 4 persons', '2'],
    ['Vest', '85.8 %', '50.2–100 %', '3.6 %', '4 of 4 persons', '1'],
  ]);
});

it('says n/a, never 100 %, when nobody was seen', () => {
  expect(renderSummaryTable(emptyReport())[1]).toEqual(['Helmet', 'n/a', 'n/a', 'n/a', 'n/a', '0']);
  expect(renderSummary(emptyReport())).toMatchObject({ tone: 'unsure', headline: 'Could not be judged' });
});

it('leads with the verdict and says when it is incomplete', () => {
  expect(renderSummary(demoReport())).toMatchObject({
    tone: 'bad',
    headline: 'Violations found',
    sentences: ['3 violations by 3 of 4 persons: helmet missing 2 times and vest missing once.'],
  });
  expect(renderSummary(partialReport()).sentences).toContain('Incomplete: analysed until 00:15.0 of 02:19.4');
});
