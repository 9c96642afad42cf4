import type { Tone } from './words.js';

/** Check, exclamation and question mark as SVG paths in a 48 × 48 square, white on a disc. */
export const VERDICT_ICONS: Readonly<Record<Tone, string>> = {
  good: 'M13 24.5l7.5 7.5L35 17',
  bad: 'M24 12.5v15.5M24 35v.6',
  unsure: 'M17.5 18.5c0-8 13-8 13 0 0 5-6.5 5.5-6.5 10.5M24 35v.6',
};
