import type { EvidenceMoment, FrameBox, Status } from '../domain/terms.js';
import { formatTime } from '../report/format.js';
import { ASCENT, DESCENT, createTextOutliner, type TextOutliner } from './outline-text.js';

export type OverlayRequest = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly moment: EvidenceMoment;
  /** What the strip below the picture says on its left; the time stands on its right. */
  readonly caption: string;
};

export type Overlay = {
  /** An SVG of the whole still: boxes and labels over the picture, the strip below it. */
  readonly svg: string;
  readonly stripHeightPx: number;
};

/** White text on them has a contrast of at least 4.5 : 1; the line style says the status a second time. */
const STYLE: Readonly<Record<Status, { readonly colour: string; readonly dash: boolean }>> = {
  worn: { colour: '#1a7f37', dash: false },
  missing: { colour: '#cf222e', dash: false },
  unknown: { colour: '#9a5b00', dash: true },
};
const PERSON_COLOUR = '#ffffff';
const STRIP_COLOUR = '#10151d';
const HALO = 'stroke="#000000" stroke-opacity="0.55" fill="none"';

type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
type Pen = { readonly sizePx: number; readonly linePx: number; readonly text: TextOutliner };

/** Draws what an evidence still shows besides the picture. Sizes follow the picture, so that 4K and 480p read alike. */
export function buildOverlay(request: OverlayRequest): Overlay {
  const { widthPx, heightPx, moment } = request;
  const sizePx = Math.min(48, Math.max(12, Math.round(Math.max(widthPx, heightPx) / 70)));
  const pen: Pen = { sizePx, linePx: Math.max(2, Math.round(sizePx / 7)), text: createTextOutliner() };
  const stripHeightPx = Math.round(sizePx * 2);
  // The worst news last, on top of the others.
  const marks = [...moment.marks].sort((a, b) => RANK[a.status] - RANK[b.status]);
  // A tag over a head or a torso would hide what is to be judged.
  const taken = marks.map(({ box }) => ({ x: box.x1, y: box.y1, width: box.x2 - box.x1, height: box.y2 - box.y1 }));
  const picture = { x: 0, y: 0, width: widthPx, height: heightPx };
  const parts = [
    drawBox(moment.box, PERSON_COLOUR, false, pen),
    ...marks.map((mark) => drawBox(mark.box, STYLE[mark.status].colour, STYLE[mark.status].dash, pen)),
    ...marks.map((mark) => drawLabel(mark, picture, taken, pen)),
    drawStrip(request, stripHeightPx, pen),
  ];
  const size = `width="${widthPx}" height="${heightPx + stripHeightPx}"`;
  return { svg: `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${parts.join('')}</svg>`, stripHeightPx };
}

const RANK: Readonly<Record<Status, number>> = { worn: 0, unknown: 1, missing: 2 };

/** Around the box, not over it: what is to be judged stays visible. A dark halo keeps it readable on any ground. */
function drawBox(box: FrameBox, colour: string, dash: boolean, { linePx }: Pen): string {
  const out = linePx / 2;
  const place = `x="${px(box.x1 - out)}" y="${px(box.y1 - out)}" width="${px(box.x2 - box.x1 + linePx)}" height="${px(box.y2 - box.y1 + linePx)}"`;
  const dashes = dash ? ` stroke-dasharray="${linePx * 3} ${linePx * 2}"` : '';
  return (
    `<rect ${place} ${HALO} stroke-width="${linePx + 2}"/>` +
    `<rect ${place} fill="none" stroke="${colour}" stroke-width="${linePx}"${dashes}/>`
  );
}

/** A filled tag at an edge of the box: the first place in the picture where it covers no mark and no other tag. */
function drawLabel(mark: EvidenceMoment['marks'][number], picture: Rectangle, taken: Rectangle[], pen: Pen): string {
  const { sizePx, linePx, text } = pen;
  const label = text.fit(mark.label, sizePx, picture.width - sizePx);
  const width = text.widthPx(label, sizePx) + sizePx * 0.7;
  const height = sizePx * (ASCENT + DESCENT + 0.3);
  const { x1, y1, x2, y2 } = mark.box;
  const candidates = [
    { x: x1 - linePx, y: y1 - linePx - height },
    { x: x1 - linePx, y: y2 + linePx },
    { x: x2 + linePx, y: y1 },
    { x: x1 - linePx - width, y: y1 },
    { x: x2 + linePx, y: y2 - height },
    { x: x1 - linePx - width, y: y2 - height },
  ].map(({ x, y }) => ({
    x: Math.max(0, Math.min(x, picture.width - width)),
    y: Math.max(0, Math.min(y, picture.height - height)),
    width,
    height,
  }));
  const isFree = (place: Rectangle): boolean => !taken.some((other) => overlap(place, other));
  const place = candidates.find(isFree) ?? candidates[0] ?? picture;
  taken.push(place);
  const baseline = place.y + sizePx * (ASCENT + 0.15);
  return (
    `<rect x="${px(place.x)}" y="${px(place.y)}" width="${px(width)}" height="${px(height)}" fill="${STYLE[mark.status].colour}"/>` +
    text.draw(label, place.x + sizePx * 0.35, baseline, sizePx, '#ffffff')
  );
}

function drawStrip({ widthPx, heightPx, moment, caption }: OverlayRequest, stripHeightPx: number, pen: Pen): string {
  const { sizePx, text } = pen;
  const time = formatTime(moment.ptsMs);
  const timeWidthPx = text.widthPx(time, sizePx);
  const captionWidthPx = widthPx - timeWidthPx - sizePx * 2.5;
  const baseline = heightPx + stripHeightPx / 2 + (sizePx * (ASCENT - DESCENT)) / 2;
  return (
    `<rect x="0" y="${heightPx}" width="${widthPx}" height="${stripHeightPx}" fill="${STRIP_COLOUR}"/>` +
    text.draw(text.fit(caption, sizePx, captionWidthPx), sizePx * 0.75, baseline, sizePx, '#ffffff') +
    text.draw(time, widthPx - timeWidthPx - sizePx * 0.75, baseline, sizePx, '#c9d1d9')
  );
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function px(value: number): string {
  return value.toFixed(1);
}
