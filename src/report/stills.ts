import type { Report, ReportViolation } from './schema.js';

/** More stills than this make a document that nobody reads and no mailbox takes. */
export const MAX_STILLS = 40;
/** Together; stills of a large picture can reach it before there are 40 of them. */
export const MAX_STILL_BYTES = 24 * 1024 * 1024;

/** JPEG bytes by violation number. */
export type Stills = ReadonlyMap<number, Uint8Array>;

export type EmbeddedStill = {
  readonly violation: ReportViolation;
  readonly bytes: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  /** The part of the still around the person, in pixels of the still. */
  readonly closeUp: Rectangle;
};
export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/**
 * Numbers of the violations whose stills PDF and HTML show: all of them up to 40, else those of the longest violations.
 * Callers need to load only these.
 */
export function pickStills(report: Report): number[] {
  return bySeverity(report)
    .slice(0, MAX_STILLS)
    .map((violation) => violation.number)
    .sort((a, b) => a - b);
}

/** The stills to embed, in order of number; unreadable ones and those beyond the byte limit are left out. */
export function embedStills(report: Report, stills: Stills, closeUpAspect: number): EmbeddedStill[] {
  const embedded: EmbeddedStill[] = [];
  let totalBytes = 0;
  for (const violation of bySeverity(report)) {
    const bytes = stills.get(violation.number);
    const size = bytes && readJpegSize(bytes);
    if (!bytes || !size || embedded.length === MAX_STILLS || totalBytes + bytes.length > MAX_STILL_BYTES) continue;
    totalBytes += bytes.length;
    embedded.push({ violation, bytes, ...size, closeUp: closeUpOf(report, violation, size, closeUpAspect) });
  }
  return embedded.sort((a, b) => a.violation.number - b.violation.number);
}

function bySeverity(report: Report): ReportViolation[] {
  const durationMs = (violation: ReportViolation): number => violation.endMs - violation.startMs;
  return report.violations
    .filter((violation) => violation.evidence !== null)
    .sort((a, b) => durationMs(b) - durationMs(a) || a.number - b.number);
}

type Size = { readonly widthPx: number; readonly heightPx: number };

/** Around the person with some air, in the wanted shape, inside the picture. The still may be a scaled source frame. */
function closeUpOf(report: Report, violation: ReportViolation, still: Size, aspect: number): Rectangle {
  const box = violation.evidence?.box ?? { x1: 0, y1: 0, x2: report.source.widthPx, y2: report.source.heightPx };
  const scale = still.widthPx / report.source.widthPx;
  const wantedHeight = Math.max((box.y2 - box.y1) * 1.25, ((box.x2 - box.x1) * 1.25) / aspect) * scale;
  const height = Math.min(Math.max(wantedHeight, still.heightPx / 6), still.heightPx, still.widthPx / aspect);
  const width = height * aspect;
  return {
    x: clamp(((box.x1 + box.x2) / 2) * scale - width / 2, 0, still.widthPx - width),
    y: clamp(((box.y1 + box.y2) / 2) * scale - height / 2, 0, still.heightPx - height),
    width,
    height,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

/** Picture size from the first start-of-frame marker (ITU-T T.81, B.2.2); undefined when it is not a JPEG. */
export function readJpegSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  let offset = 2;
  while (offset + 9 <= view.byteLength) {
    if (view.getUint8(offset) !== 0xff) return undefined;
    const marker = view.getUint8(offset + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const size = { heightPx: view.getUint16(offset + 5), widthPx: view.getUint16(offset + 7) };
      return size.widthPx > 0 && size.heightPx > 0 ? size : undefined;
    }
    offset += 2 + view.getUint16(offset + 2);
  }
  return undefined;
}
