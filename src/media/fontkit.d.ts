/** The few parts of fontkit (kept by the authors of pdfkit) that hivis uses; the package has no typings of its own. */
declare module 'fontkit' {
  type Path = {
    scale(x: number, y?: number): Path;
    translate(x: number, y: number): Path;
    toSVG(): string;
  };
  type Glyph = { readonly path: Path };
  type Position = { readonly xAdvance: number; readonly xOffset: number; readonly yOffset: number };
  type Run = {
    readonly glyphs: readonly Glyph[];
    readonly positions: readonly Position[];
    readonly advanceWidth: number;
  };
  export type Font = { readonly unitsPerEm: number; layout(text: string): Run };
  export function openSync(file: string): Font;
}
