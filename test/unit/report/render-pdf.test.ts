import { describe, expect, it } from 'vitest';
import { renderPdf } from '../../../src/report/render-pdf.js';
import { pickStills, type Stills } from '../../../src/report/stills.js';
import { fakeJpeg } from '../../fixtures/reports/fake-jpeg.js';
import { oddReports } from '../../fixtures/reports/odd-reports.js';
import { demoReport, emptyReport } from '../../fixtures/reports/sample-reports.js';

const STILLS: Stills = new Map([1, 2, 3].map((number) => [number, fakeJpeg(960, 540)]));

describe('renderPdf', () => {
  it('gives the same bytes for the same report', async () => {
    const first = await renderPdf(demoReport(), { stills: STILLS });
    const second = await renderPdf(demoReport(), { stills: STILLS });
    expect(first.subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
    expect(second.equals(first)).toBe(true);
  });

  it('is dated by the report, not by the clock', async () => {
    const text = (await renderPdf(emptyReport(), { stills: new Map() })).toString('latin1');
    expect(text).toContain('(D:20250602091433Z)');
    expect(text).not.toContain(`(D:${new Date().getUTCFullYear()}`);
  });

  it('holds each still once though it shows it twice', async () => {
    const text = (await renderPdf(demoReport(), { stills: STILLS })).toString('latin1');
    expect(text.match(/\/Subtype \/Image/g)).toHaveLength(3);
  });

  it('does without stills that cannot be read', async () => {
    const stills = new Map([
      [1, Buffer.from('GIF89a, not a JPEG')],
      [2, fakeJpeg(960, 540).subarray(0, 7)],
    ]);
    const text = (await renderPdf(demoReport(), { stills })).toString('latin1');
    expect(text).not.toContain('/Subtype /Image');
  });

  it.each(oddReports())('finishes a document of %s', async (_, report) => {
    const stills = new Map(pickStills(report).map((number) => [number, fakeJpeg(1080, 1920)]));
    const pdf = await renderPdf(report, { stills });
    expect(pdf.subarray(-6).toString('latin1')).toContain('%%EOF');
  });

  it('lets timers run while it works', async () => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 1);
    await renderPdf(demoReport(), { stills: STILLS });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });
});
