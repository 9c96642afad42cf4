/** Measures in PDF points (1/72 inch) on A4, and the colours that PDF and page share. */
export const PAGE = { width: 595.28, height: 841.89, left: 46, right: 46, top: 62, bottom: 58 } as const;
export const CONTENT_WIDTH = PAGE.width - PAGE.left - PAGE.right;
export const CONTENT_BOTTOM = PAGE.height - PAGE.bottom;

export const COLOR = {
  ink: '#18212f',
  soft: '#556070',
  line: '#d9dfe7',
  faint: '#edf0f4',
  panel: '#f5f7fa',
  white: '#ffffff',
  signal: '#c6dd00',
  zone: '#5d6b00',
  worn: '#4d9a86',
  missing: '#c0271c',
  unknown: '#8b95a3',
  unknownGround: '#eceff3',
} as const;

export const TONE = {
  bad: { ink: '#b3261e', ground: '#fdeeec', line: '#efc4c0' },
  good: { ink: '#1a6b3c', ground: '#e9f5ee', line: '#bfdfcb' },
  unsure: { ink: '#7a5200', ground: '#fff5df', line: '#ecd6a3' },
} as const;

export type FontName = 'regular' | 'bold' | 'mono';

/** DejaVu covers Latin, Greek and Cyrillic; the condensed cut fits tables. */
export const FONT_FILES: Readonly<Record<FontName, string>> = {
  regular: 'DejaVuSansCondensed.ttf',
  bold: 'DejaVuSansCondensed-Bold.ttf',
  mono: 'DejaVuSansMono.ttf',
};
