import { fileURLToPath } from 'node:url';
import { openSync, type Font } from 'fontkit';

/**
 * Text as SVG outlines. Text elements would be drawn with whatever fonts a machine has (containers have none), so
 * the same still would differ between machines; outlines of a font that comes with hivis do not.
 */
export type TextOutliner = {
  widthPx(text: string, sizePx: number): number;
  /** A `<path>` with its baseline at `y`, filled with `colour`. */
  draw(text: string, x: number, y: number, sizePx: number, colour: string): string;
  /** The text, or as much of it as fits with an ellipsis. */
  fit(text: string, sizePx: number, maxWidthPx: number): string;
};

/** Share of the font size above and below the baseline that text takes. */
export const ASCENT = 0.76;
export const DESCENT = 0.22;

const FONT_FILE = 'DejaVuSansCondensed-Bold.ttf';
const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });
const loaded = new Map<string, Font>();

export function createTextOutliner(): TextOutliner {
  const font = loadFont();
  const widthPx = (text: string, sizePx: number): number =>
    (font.layout(printable(text)).advanceWidth * sizePx) / font.unitsPerEm;
  return {
    widthPx,
    draw(text, x, y, sizePx, colour) {
      const { glyphs, positions } = font.layout(printable(text));
      const scale = sizePx / font.unitsPerEm;
      let penUnits = 0;
      const outlines = glyphs.map((glyph, at) => {
        const { xAdvance = 0, xOffset = 0, yOffset = 0 } = positions[at] ?? {};
        const path = glyph.path.translate(penUnits + xOffset, yOffset).toSVG();
        penUnits += xAdvance;
        return path;
      });
      // Fonts count upwards, pictures downwards.
      const place = `translate(${round(x)} ${round(y)}) scale(${scale.toFixed(6)} ${(-scale).toFixed(6)})`;
      return `<path transform="${place}" fill="${colour}" d="${outlines.join('')}"/>`;
    },
    fit(text, sizePx, maxWidthPx) {
      if (widthPx(text, sizePx) <= maxWidthPx) return text;
      const characters = [...CHARACTERS.segment(text)].map(({ segment }) => segment);
      while (characters.length > 0 && widthPx(`${characters.join('')}…`, sizePx) > maxWidthPx) characters.pop();
      return characters.length === 0 ? '' : `${characters.join('').trimEnd()}…`;
    },
  };
}

function loadFont(): Font {
  const known = loaded.get(FONT_FILE);
  if (known !== undefined) return known;
  const font = openSync(
    fileURLToPath(new URL(`ttf/${FONT_FILE}`, import.meta.resolve('dejavu-fonts-ttf/package.json'))),
  );
  loaded.set(FONT_FILE, font);
  return font;
}

/** Control characters have no outline. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

function round(value: number): string {
  return value.toFixed(1);
}
