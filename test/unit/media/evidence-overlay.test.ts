import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import type { EvidenceMoment } from '../../../src/domain/terms.js';
import { buildOverlay } from '../../../src/media/evidence-overlay.js';
import { createTextOutliner } from '../../../src/media/outline-text.js';

const moment: EvidenceMoment = {
  frameIndex: 50,
  ptsMs: 65_432,
  box: frameBox(200, 100, 300, 400),
  marks: [
    { box: frameBox(230, 100, 270, 150), label: 'no helmet', status: 'missing' },
    { box: frameBox(210, 160, 290, 260), label: 'vest', status: 'worn' },
  ],
};
const request = { widthPx: 1280, heightPx: 720, moment, caption: 'Violation 1' };

function rectangles(svg: string, pattern: RegExp) {
  return [...svg.matchAll(/<rect x="([-\d.]+)" y="([-\d.]+)" width="([\d.]+)" height="([\d.]+)"([^>]*)>/g)]
    .filter(([, , , , , rest]) => pattern.test(rest ?? ''))
    .map(([, x, y, width, height]) => ({ x: Number(x), y: Number(y), width: Number(width), height: Number(height) }));
}

/** Filled with the colour of a status: the tags behind the labels. */
const TAG = / fill="#(1a7f37|cf222e|9a5b00)"/;

describe('buildOverlay', () => {
  it('holds no text elements, which would need fonts of the machine', () => {
    const { svg } = buildOverlay(request);
    expect(svg).not.toContain('<text');
    expect(svg).toContain('<path');
  });

  it('adds a strip below the picture', () => {
    const { svg, stripHeightPx } = buildOverlay(request);
    expect(stripHeightPx).toBeGreaterThan(0);
    expect(svg).toContain(`width="1280" height="${720 + stripHeightPx}"`);
  });

  it('draws boxes around and not over what they mark', () => {
    const lines = rectangles(buildOverlay(request).svg, /stroke="#cf222e"/);
    expect(lines).toHaveLength(1);
    const [line] = lines;
    expect(line?.x).toBeLessThan(230);
    expect((line?.x ?? 0) + (line?.width ?? 0)).toBeGreaterThan(270);
  });

  it('says unknown with a dashed line as well as with a colour', () => {
    const [mark] = moment.marks;
    if (mark === undefined) throw new Error('no mark');
    const unknown = { ...request, moment: { ...moment, marks: [{ ...mark, status: 'unknown' as const }] } };
    expect(buildOverlay(unknown).svg).toContain('stroke-dasharray');
    expect(buildOverlay(request).svg).not.toContain('stroke-dasharray');
  });

  it('puts tags where they cover no mark and no other tag', () => {
    const tags = rectangles(buildOverlay(request).svg, TAG);
    expect(tags).toHaveLength(2);
    const marks = moment.marks.map(({ box }) => ({
      x: box.x1,
      y: box.y1,
      width: box.x2 - box.x1,
      height: box.y2 - box.y1,
    }));
    const all = [...tags, ...marks];
    const overlaps = all.flatMap((a, i) =>
      all
        .slice(i + 1)
        .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height),
    );
    expect(overlaps).toEqual([]);
  });

  it.each([
    [0, 0],
    [1260, 0],
    [0, 700],
    [1270, 710],
  ])('keeps tags in the picture for a mark at %i, %i', (x, y) => {
    const box = frameBox(x, y, x + 10, y + 10);
    const corner = { ...moment, box, marks: [{ box, label: 'no helmet', status: 'missing' as const }] };
    const [tag] = rectangles(buildOverlay({ ...request, moment: corner }).svg, TAG);
    expect(tag?.x).toBeGreaterThanOrEqual(0);
    expect(tag?.y).toBeGreaterThanOrEqual(0);
    expect((tag?.x ?? 0) + (tag?.width ?? 0)).toBeLessThanOrEqual(1280);
    expect((tag?.y ?? 0) + (tag?.height ?? 0)).toBeLessThanOrEqual(720);
  });

  it('lets no markup through', () => {
    const nasty = '</svg><script>alert(1)</script>&"\u0000';
    const [mark] = moment.marks;
    if (mark === undefined) throw new Error('no mark');
    const { svg } = buildOverlay({
      ...request,
      caption: nasty,
      moment: { ...moment, marks: [{ ...mark, label: nasty }] },
    });
    expect(svg).not.toContain('script');
    expect(svg.match(/<\/svg>/g)).toHaveLength(1);
  });

  it('survives a picture that is smaller than its labels', () => {
    expect(buildOverlay({ ...request, widthPx: 32, heightPx: 16 }).svg).toContain('<svg');
  });
});

describe('createTextOutliner', () => {
  const text = createTextOutliner();

  it('measures in proportion to the size', () => {
    expect(text.widthPx('helmet', 20)).toBeCloseTo(text.widthPx('helmet', 10) * 2, 6);
    expect(text.widthPx('', 20)).toBe(0);
  });

  it('knows more than English', () => {
    for (const word of ['Šapka', 'Шлем', 'Κράνος', 'İş güvenliği']) {
      const unknown = text.draw('\u{1F9A0}'.repeat(Array.from(word).length), 0, 0, 10, '#fff');
      expect(text.draw(word, 0, 0, 10, '#fff')).not.toBe(unknown);
    }
  });

  it('shortens to a width without cutting characters in two', () => {
    const long = 'Zone ÄÖÜ '.repeat(20);
    const short = text.fit(long, 12, 100);
    expect(short).toMatch(/…$/);
    expect(text.widthPx(short, 12)).toBeLessThanOrEqual(100);
    expect(text.fit('short', 12, 100)).toBe('short');
    expect(text.fit(long, 12, 1)).toBe('');
  });
});
