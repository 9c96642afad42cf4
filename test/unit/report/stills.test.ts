import { describe, expect, it } from 'vitest';
import { embedStills, MAX_STILLS, pickStills, readJpegSize, type Stills } from '../../../src/report/stills.js';
import { fakeJpeg } from '../../fixtures/reports/fake-jpeg.js';
import { demoReport, reportOf } from '../../fixtures/reports/sample-reports.js';
import { crowdReport } from '../../fixtures/reports/special-reports.js';

function stillsFor(numbers: readonly number[], bytes: Uint8Array): Stills {
  return new Map(numbers.map((number) => [number, bytes]));
}

describe('pickStills', () => {
  it('takes all of a few', () => expect(pickStills(demoReport())).toEqual([1, 2, 3]));

  it('takes the longest of many, in order of number', () => {
    const report = crowdReport(400);
    const picked = pickStills(report);
    expect(picked).toHaveLength(MAX_STILLS);
    expect(picked).toEqual([...picked].sort((a, b) => a - b));
    const lengths = report.violations.map(({ startMs, endMs }) => endMs - startMs).sort((a, b) => b - a);
    const shortest = Math.min(
      ...report.violations.filter(({ number }) => picked.includes(number)).map(({ startMs, endMs }) => endMs - startMs),
    );
    expect(shortest).toBe(lengths[MAX_STILLS - 1]);
  });

  it('leaves out violations without a still', () => {
    expect(pickStills(demoReport({ evidence: new Map([[2, { file: 'a.jpg', sha256: '0' }]]) }))).toEqual([2]);
  });
});

describe('embedStills', () => {
  it('stops at the byte limit, with the longest violation first in line', () => {
    const nineMegabytes = Buffer.concat([fakeJpeg(960, 540), Buffer.alloc(9 * 1024 * 1024)]);
    const embedded = embedStills(demoReport(), stillsFor([1, 2, 3], nineMegabytes), 0.8);
    expect(embedded.map(({ violation }) => violation.number)).toEqual([1, 2]);
  });

  it('leaves out what is not a JPEG', () => {
    const stills = new Map([
      [1, Buffer.from('<html>')],
      [2, fakeJpeg(960, 540)],
      [3, Buffer.alloc(0)],
    ]);
    expect(embedStills(demoReport(), stills, 0.8).map(({ violation }) => violation.number)).toEqual([2]);
  });

  it('shows the person close up, centred, in the wanted shape and inside the picture', () => {
    const [still] = embedStills(demoReport(), stillsFor([1], fakeJpeg(960, 540)), 0.8);
    // Box 150.4…211.7 × 204.9…413.7: 208.8 high, 1.25 times that is 261.
    expect(still?.closeUp.height).toBeCloseTo(261, 5);
    expect(still?.closeUp.width).toBeCloseTo(208.8, 5);
    expect((still?.closeUp.x ?? 0) + (still?.closeUp.width ?? 0) / 2).toBeCloseTo(181.05, 5);
  });

  it('follows a still that is smaller than the source', () => {
    const [whole] = embedStills(demoReport(), stillsFor([1], fakeJpeg(960, 540)), 0.8);
    const [half] = embedStills(demoReport(), stillsFor([1], fakeJpeg(480, 270)), 0.8);
    expect(half?.closeUp.x).toBeCloseTo((whole?.closeUp.x ?? 0) / 2, 5);
    expect(half?.closeUp.height).toBeCloseTo((whole?.closeUp.height ?? 0) / 2, 5);
  });

  it('never leaves the picture, however large the person', () => {
    const lanes = { helmet: [['missing', 0, 4000]], vest: [['worn', 0, 4000]] } as const;
    const report = reportOf([{ lanes, box: { x1: -5, y1: -5, x2: 970, y2: 560 } as never }]);
    for (const aspect of [0.3, 0.8, 3]) {
      const [still] = embedStills(report, stillsFor([1], fakeJpeg(960, 540)), aspect);
      const { x, y, width, height } = still!.closeUp;
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(960.001);
      expect(y + height).toBeLessThanOrEqual(540.001);
      expect(width / height).toBeCloseTo(aspect, 5);
    }
  });
});

describe('readJpegSize', () => {
  it('reads the frame header behind other segments', () => {
    const comment = Buffer.from([0xff, 0xfe, 0x00, 0x06, 1, 2, 3, 4]);
    const jpeg = fakeJpeg(1920, 1080);
    const bytes = Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
    expect(readJpegSize(bytes)).toEqual({ widthPx: 1920, heightPx: 1080 });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a PNG', Buffer.from('\x89PNG\r\n\x1a\n....................', 'latin1')],
    ['a cut file', fakeJpeg(100, 100).subarray(0, 8)],
    ['a picture without area', fakeJpeg(0, 100)],
    ['garbage behind the start', Buffer.from([0xff, 0xd8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])],
  ])('has no size for %s', (_, bytes) => expect(readJpegSize(bytes)).toBeUndefined());
});
