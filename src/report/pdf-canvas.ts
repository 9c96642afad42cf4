import PDFDocument from 'pdfkit';
import { cleanText } from './format.js';
import { COLOR, CONTENT_BOTTOM, CONTENT_WIDTH, FONT_FILES, type FontName, PAGE } from './pdf-theme.js';
import { documentTitle } from './words.js';
import type { Report } from './schema.js';

export type TextStyle = {
  readonly font?: FontName;
  readonly size?: number;
  readonly color?: string;
  readonly align?: 'left' | 'right' | 'center';
  readonly lineGap?: number;
  /** Cut off with an ellipsis what does not fit into this height. */
  readonly maxHeight?: number;
};

/** Stands for a character that the font cannot print. */
const REPLACEMENT = '\u25a1';

/**
 * A PDF that is written from top to bottom. `y` is where the next thing goes; pages are begun by hand, because pdfkit's
 * own page breaks tear tables and cards apart. All pages stay open until `finish`, for "page n of m".
 */
export class PdfCanvas {
  readonly doc: PDFKit.PDFDocument;
  y: number = PAGE.top;
  /** Whether a character had to be replaced: the document must say so. */
  lostCharacters = false;
  readonly #coverage = new Map<FontName, ReadonlySet<number>>();

  constructor(report: Report) {
    this.doc = new PDFDocument({
      size: 'A4',
      margin: 0,
      bufferPages: true,
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      info: {
        Title: documentTitle(report),
        Author: `hivis ${report.generator.version}`,
        Subject: `Analysis ${report.analysis.id}`,
        Creator: 'hivis',
        Producer: 'hivis',
        // Also the seed of the file's id: with it the same report gives the same bytes.
        CreationDate: new Date(report.generatedAt),
        ModDate: new Date(report.generatedAt),
      },
    });
    for (const [name, file] of Object.entries(FONT_FILES)) this.doc.registerFont(name, fontPath(file));
  }

  newPage(): void {
    this.doc.addPage({ size: 'A4', margin: 0 });
    this.y = PAGE.top;
  }

  /** Begins a new page unless `height` still fits; says whether it did. */
  ensure(height: number): boolean {
    if (this.y + height <= CONTENT_BOTTOM) return false;
    this.newPage();
    return true;
  }

  /** A heading with its rule, kept together with the first `followedBy` points of what comes after it. */
  section(title: string, followedBy: number): void {
    if (this.y > PAGE.top) this.y += 20;
    this.ensure(30 + followedBy);
    this.doc.outline.addItem(title);
    this.text(title, PAGE.left, this.y, CONTENT_WIDTH, { font: 'bold', size: 13 });
    this.y += 19;
    this.rule(this.y, COLOR.ink, 1.2);
    this.y += 9;
  }

  rule(
    y: number,
    color: string = COLOR.line,
    width = 0.6,
    x: number = PAGE.left,
    length: number = CONTENT_WIDTH,
  ): void {
    this.doc
      .moveTo(x, y)
      .lineTo(x + length, y)
      .lineWidth(width)
      .strokeColor(color)
      .stroke();
  }

  /** Draws wrapped text with its top left corner at x, y; returns the height that it took. Does not move `y`. */
  text(text: string, x: number, y: number, width: number, style: TextStyle = {}): number {
    const ready = this.#use(text, style);
    const { align = 'left', lineGap = 0, maxHeight } = style;
    const slack = width - this.doc.widthOfString(ready);
    if (slack >= 0) {
      const shift = align === 'right' ? slack : align === 'center' ? slack / 2 : 0;
      this.doc.text(ready, x + shift, y, { lineBreak: false });
      return this.doc.currentLineHeight(true) + lineGap;
    }
    const cut = maxHeight === undefined ? {} : { height: maxHeight, ellipsis: true };
    const full = this.doc.heightOfString(ready, { width, lineGap });
    this.doc.text(ready, x, y, { width, align, lineGap, ...cut });
    return Math.min(full, maxHeight ?? full);
  }

  /** The height that `text` will take. */
  measure(text: string, width: number, style: TextStyle = {}): number {
    const ready = this.#use(text, style);
    const { lineGap = 0, maxHeight = Infinity } = style;
    if (this.doc.widthOfString(ready) <= width) return this.doc.currentLineHeight(true) + lineGap;
    return Math.min(maxHeight, this.doc.heightOfString(ready, { width, lineGap }));
  }

  widthOf(text: string, style: TextStyle = {}): number {
    return this.doc.widthOfString(this.#use(text, style));
  }

  /** Writes the file. */
  finish(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const { doc } = this;
    return new Promise((resolve, reject) => {
      doc.on('data', (chunk: Buffer) => chunks.push(chunk));
      doc.on('end', () => resolve(Buffer.concat(chunks)));
      doc.on('error', reject);
      doc.end();
    });
  }

  #use(text: string, { font = 'regular', size = 9, color = COLOR.ink }: TextStyle): string {
    this.doc.font(font, size).fillColor(color);
    return this.#printable(cleanText(text), font);
  }

  /** Replaces what the font has no glyph for; most text is plain Latin and skips the search. */
  #printable(text: string, font: FontName): string {
    if (/^[\u0020-\u007e\u00a0-\u024f\u2013\u2019]*$/.test(text)) return text;
    const coverage = this.#coverageOf(font);
    let ready = '';
    for (const character of text) {
      const known = coverage.has(character.codePointAt(0) ?? 0);
      this.lostCharacters ||= !known;
      ready += known ? character : REPLACEMENT;
    }
    return ready;
  }

  #coverageOf(font: FontName): ReadonlySet<number> {
    const known = this.#coverage.get(font);
    if (known) return known;
    // pdfkit keeps fontkit's font object here; there is no public way to ask which characters a font has.
    const { _font } = this.doc as unknown as { readonly _font: { readonly font: { readonly characterSet: number[] } } };
    const coverage = new Set(_font.font.characterSet);
    this.#coverage.set(font, coverage);
    return coverage;
  }
}

/** Fonts come from npm, wherever it put them; `node:url` stays outside of this pure folder. */
function fontPath(file: string): string {
  const url = new URL(`ttf/${file}`, import.meta.resolve('dejavu-fonts-ttf/package.json'));
  const path = decodeURIComponent(url.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}
