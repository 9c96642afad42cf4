import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/report/render-html.js';
import { hashReport } from '../../../src/report/report-hash.js';
import { pickStills } from '../../../src/report/stills.js';
import type { Report } from '../../../src/report/schema.js';
import { fakeJpeg } from '../../fixtures/reports/fake-jpeg.js';
import { oddReports } from '../../fixtures/reports/odd-reports.js';
import { htmlText } from '../../fixtures/reports/html-text.js';
import { compliantReport, demoReport, emptyReport, partialReport } from '../../fixtures/reports/sample-reports.js';
import { crowdReport, hostileReport, zonesReport } from '../../fixtures/reports/special-reports.js';

function render(report: Report): string {
  const bytes = fakeJpeg(960, 540);
  return renderHtml(report, { stills: new Map(pickStills(report).map((number) => [number, bytes])) });
}

describe('renderHtml', () => {
  it.each([
    ['demo', demoReport()],
    ['hostile names', hostileReport()],
    ['zones', zonesReport()],
    ['nobody', emptyReport()],
  ])('needs nothing but itself and runs nothing: %s', (_, report) => {
    const page = render(report);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<(script|iframe|object|embed|link|base|form)\b/i);
    const tags = page.replace(/<style>[^]*<\/style>/, '').match(/<[a-z][^>]*>/gi) ?? [];
    expect(tags.filter((tag) => /\son[a-z]+\s*=/i.test(tag))).toEqual([]);
    const references = tags.flatMap((tag) =>
      [...tag.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? ''),
    );
    expect(references.filter((reference) => !/^(#|data:image\/jpeg;base64,)/.test(reference))).toEqual([]);
    expect(page).not.toMatch(/url\((?!#)/);
  });

  it('shows hostile names as the text that they are', () => {
    const text = htmlText(render(hostileReport()));
    expect(text).toContain('=cmd|\'/C calc\'!A0 <script>alert("name")</script> & <img src=x onerror=alert(1)>');
    expect(text).toContain('+1-800 </style><script>tag</script>');
    expect(text).not.toContain('\u202e');
    expect(text).not.toContain('hunter2');
  });

  it('has the same elements whatever the names are', () => {
    const elements = (page: string): number => page.match(/<[a-z]+/g)?.length ?? 0;
    const tame = hostileReport();
    tame.analysis = { ...tame.analysis, name: 'a', tag: 'b' };
    tame.source = { ...tame.source, fileName: 'c' };
    tame.violations = tame.violations.map((violation) => ({ ...violation, zone: 'd' }));
    expect(elements(render(hostileReport()))).toBe(elements(render(tame)));
  });

  it('stores each still once though it shows it twice', () => {
    const page = render(demoReport());
    expect(page.match(/data:image\/jpeg/g)).toHaveLength(3);
    expect(page.match(/<use href="#still\d"/g)).toHaveLength(3);
  });

  it('says that nobody was seen instead of a rate', () => {
    const text = htmlText(render(emptyReport()));
    expect(text).toContain('Could not be judged');
    expect(text).toContain('n/a');
    expect(text).not.toMatch(/\b100\s%/);
  });

  it('looks finished without a violation', () => {
    const text = htmlText(render(compliantReport()));
    expect(text).toContain('Compliant: no violations found');
    expect(text).toContain('None found.');
  });

  it('says that it is incomplete, why and until when', () => {
    const text = htmlText(render(partialReport()));
    expect(text).toContain(
      'This report is incomplete. The file is damaged: 299 of 335 sampled frames could not be decoded. Every',
    );
    expect(text).toContain('36 of 335 sampled frames, until 00:15.0');
    expect(text).toContain('not analysed');
  });

  it('does not call an incomplete video compliant', () => {
    const worn = [{ lanes: { helmet: [['worn', 0, 9000]], vest: [['worn', 0, 9000]] } }] as const;
    const text = htmlText(render(partialReport(worn)));
    expect(text).toContain('Could not be judged');
    expect(text).toContain(
      'No violation was found, but not all of the video could be analysed: analysed until 00:15.0 of 02:19.4.',
    );
    expect(text).not.toContain('Compliant');
  });

  it('has a row for each of 5 000 violations, the stills of some, and says so', () => {
    const page = render(crowdReport(5000));
    expect(page.match(/<figure /g)).toHaveLength(40);
    expect(page.match(/<tr>/g)).toHaveLength(5001);
    const text = htmlText(page);
    expect(text).toContain(
      'Shown: the stills of 40 of 5 000 violations, those that lasted longest. 4 960 more are files',
    );
    expect(text).toContain('Shown: the 40 of 1 250 persons who were without an item for longest.');
  });

  it.each(oddReports())('finishes a page of %s', (_, report) => {
    const page = render(report);
    expect(page.trimEnd().endsWith('</html>')).toBe(true);
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('does without stills that are missing', () => {
    const page = renderHtml(demoReport(), { stills: new Map([[2, Buffer.from('not a picture')]]) });
    expect(page).not.toContain('<figure');
    expect(htmlText(page)).toContain('No still could be shown.');
  });

  it('names the hash of report.json, the model and the detection floor', () => {
    const report = demoReport();
    const text = htmlText(render(report));
    expect(text).toContain(hashReport(report));
    expect(text).toContain(report.model.sha256);
    expect(text).toContain('Sampled every 5th frame of 12 fps: violations under 0.84 s can be missed.');
  });

  it('breaks down by zone and by hour only when there is something to break down', () => {
    expect(htmlText(render(zonesReport()))).toContain('By hour of the day');
    expect(htmlText(render(demoReport()))).not.toMatch(/By zone|By hour/);
  });
});
