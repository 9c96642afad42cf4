import { describe, expect, it } from 'vitest';
import { renderPdf } from '../../../src/report/render-pdf.js';
import { hashReport } from '../../../src/report/report-hash.js';
import { parseReport, serializeReport } from '../../../src/report/serialize.js';
import type { Report } from '../../../src/report/schema.js';
import { pickStills } from '../../../src/report/stills.js';
import { expectedPhrases } from '../../fixtures/reports/expected-phrases.js';
import { fakeJpeg } from '../../fixtures/reports/fake-jpeg.js';
import { hasPdfToText, PDFTOTEXT_MISSING, pdfPages } from '../../fixtures/reports/pdf-pages.js';
import {
  compliantReport,
  cutOffReport,
  demoReport,
  emptyReport,
  partialReport,
} from '../../fixtures/reports/sample-reports.js';
import { crowdReport, hostileReport, zonesReport } from '../../fixtures/reports/special-reports.js';

const available = await hasPdfToText();
if (!available) console.warn(PDFTOTEXT_MISSING);

async function render(report: Report): Promise<string[]> {
  const bytes = fakeJpeg(960, 540);
  const stills = new Map(pickStills(report).map((number) => [number, bytes]));
  return pdfPages(await renderPdf(report, { stills }));
}

describe.skipIf(!available)('the text of report.pdf', () => {
  it.each([
    ['demo', demoReport()],
    ['compliant', compliantReport()],
    ['nobody', emptyReport()],
    ['incomplete', partialReport()],
    ['zones and hours', zonesReport()],
  ])('has the numbers of report.json: %s', async (_, report) => {
    const text = (await render(report)).join(' ');
    const json = parseReport(serializeReport(report));
    expect(expectedPhrases(json).filter((phrase) => !text.includes(phrase))).toEqual([]);
  });

  it('names analysis and hash on every page and counts the pages', async () => {
    const report = demoReport();
    const pages = await render(report);
    expect(pages.length).toBeGreaterThan(1);
    pages.forEach((page, i) => {
      expect(page).toContain(`Analysis ${report.analysis.id}`);
      expect(page).toContain(`SHA-256 of report.json: ${hashReport(report)}`);
      expect(page).toContain(`${i + 1} of ${pages.length}`);
    });
  });

  it('keeps a short table of violations together, wherever it falls', async () => {
    const report = demoReport();
    const [track] = report.tracks;
    const [violation] = report.violations;
    if (track === undefined || violation === undefined) throw new Error('the demo has both');
    const violations = Array.from({ length: 6 }, (_, i) => ({ ...violation, number: i + 1, evidence: null }));
    // The more persons the timeline shows, the further down the table begins.
    for (let persons = 1; persons <= 12; persons += 1) {
      const tracks = Array.from({ length: persons }, (_, i) => ({ ...track, trackId: i + 1 }));
      const pages = await render({ ...report, tracks, violations });
      const rows = pages.map((page) => page.match(/Head without helmet seen/g)?.length ?? 0);
      expect(rows.filter((found) => found > 0)).toEqual([6]);
    }
  });

  it('prints Latin, Greek and Cyrillic names', async () => {
    const text = (await render(zonesReport())).join(' ');
    for (const name of ['Çanakkale – Ślązak & Øresund', 'Πύργος 7', 'Строительная площадка «Север»', 'Въезд 3']) {
      expect(text).toContain(name);
    }
    expect(text).not.toContain('□');
  });

  it('shows a box for what the font lacks, and says so', async () => {
    const { analysis } = demoReport();
    const text = (await render({ ...demoReport(), analysis: { ...analysis, name: '北門 Gate 2 👷' } })).join(' ');
    expect(text).toContain('□□ Gate 2 □');
    expect(text).toContain('Some characters of names cannot be printed');
    expect((await render(demoReport())).join(' ')).not.toContain('Some characters of names');
  });

  it('shows hostile names as text and does not run over the page', async () => {
    const text = (await render(hostileReport())).join(' ');
    expect(text).toContain('=cmd|');
    expect(text).toContain('<script>alert("name")</script>');
    expect(text).not.toContain('hunter2');
  });

  it('says n/a and never 100 % when nobody was seen', async () => {
    const text = (await render(emptyReport())).join(' ');
    expect(text).toContain('Could not be judged');
    expect(text).toContain('n/a');
    expect(text).not.toMatch(/\b100 %/);
    expect(text).toContain('None, as nobody was seen.');
  });

  it('warns on every page of an incomplete report', async () => {
    const [first, ...others] = await render(partialReport());
    expect(first).toContain(
      'This report is incomplete. The file is damaged: 299 of 335 sampled frames could not be decoded.',
    );
    expect(others.length).toBeGreaterThan(0);
    for (const page of others) expect(page).toContain('Incomplete: analysed until 00:15.0 of 02:19.4');
    expect((await render(cutOffReport()))[1]).toContain('Incomplete: 180 of 1 673 frames are in the file');
  });

  it('holds 5 000 violations in bounded time and size', async () => {
    const report = crowdReport(5000);
    const before = process.cpuUsage();
    const pdf = await renderPdf(report, { stills: new Map(pickStills(report).map((n) => [n, fakeJpeg(960, 540)])) });
    const cpu = process.cpuUsage(before);
    const pages = await pdfPages(pdf);
    const text = pages.join(' ');
    expect(text).toContain('Shown: the stills of 40 of 5 000 violations');
    expect(text).toContain('Shown: the 40 of 1 250 persons who were without an item for longest.');
    const table = text.slice(text.indexOf('All violations'));
    const missing = report.violations.filter(({ number, trackId }) => !table.includes(`${number} Person ${trackId} `));
    expect(missing).toEqual([]);
    expect(pages.length).toBeLessThan(200);
    expect(pdf.length).toBeLessThan(4_000_000);
    // About 3 s of processor time; the bound only catches what grows faster than the number of rows.
    expect((cpu.user + cpu.system) / 1_000_000).toBeLessThan(20);
  });
});
