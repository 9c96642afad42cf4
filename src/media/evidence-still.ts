import sharp, { type OverlayOptions } from 'sharp';
import { area, clipToPicture } from '../domain/box-geometry.js';
import type { EvidenceMoment, FrameBox } from '../domain/terms.js';
import { HivisError } from '../shared/errors.js';
import { sha256Bytes } from '../shared/hash.js';
import { buildOverlay } from './evidence-overlay.js';
import { extractFrames, type ExtractRequest } from './extract-frames.js';
import { faceOfStanding } from './face-regions.js';
import type { MediaTools } from './tools.js';

// libvips keeps threads and caches that grow with every picture size; a worker uses one core and stays small.
sharp.concurrency(1);
sharp.cache(false);

export type StillRequest = {
  readonly frameIndex: number;
  readonly moment: EvidenceMoment;
  /** For the strip below the picture; the time of the moment is added. */
  readonly caption: string;
  /** Made unrecognisable when `blurFaces` is set (see `faceRegions`); without them, the face of the person shown. */
  readonly faces?: readonly FrameBox[];
};

/** To be raised with every change of how a still is drawn. */
const DESIGN = 1;

/**
 * Hash of everything that a still of one file shows: equal keys, equal pictures. Another assessment with the same
 * moment can take the picture that is there.
 */
export function pictureKey(still: StillRequest, look: Pick<StillSettings, 'jpegQuality' | 'blurFaces'>): string {
  const { frameIndex, moment, caption, faces = null } = still;
  const { jpegQuality, blurFaces } = look;
  return sha256Bytes(
    JSON.stringify([DESIGN, frameIndex, moment, caption, blurFaces ? faces : null, jpegQuality, blurFaces]),
  );
}

export type StillSettings = Omit<ExtractRequest, 'frames'> & {
  readonly jpegQuality: number;
  readonly blurFaces: boolean;
};

export type EvidenceStill = { readonly still: StillRequest; readonly jpeg: Buffer };

/**
 * Stills of several moments, in order of their frames; the file is decoded once per key frame that is needed. A moment
 * whose frame the file does not hold is left out.
 */
export async function* renderEvidenceStills(
  tools: MediaTools,
  settings: StillSettings,
  stills: readonly StillRequest[],
): AsyncGenerator<EvidenceStill, void> {
  const frames = stills.map((still) => still.frameIndex);
  for await (const { frameIndex, rgb } of extractFrames(tools, { ...settings, frames })) {
    for (const still of stills)
      if (still.frameIndex === frameIndex) yield { still, jpeg: await drawStill(rgb, still, settings) };
  }
}

/** JPEG of one moment. Throws `source_unreadable` when its frame cannot be decoded. */
export async function renderEvidenceStill(tools: MediaTools, request: StillSettings & StillRequest): Promise<Buffer> {
  for await (const { jpeg } of renderEvidenceStills(tools, request, [request])) return jpeg;
  throw new HivisError('source_unreadable', `Frame ${request.frameIndex} cannot be decoded: the file is damaged.`, {
    details: { frameIndex: request.frameIndex },
  });
}

/** The source frame at full size with boxes, labels and a caption strip below it, as JPEG without metadata. */
async function drawStill(rgb: Uint8Array, still: StillRequest, settings: StillSettings): Promise<Buffer> {
  const { widthPx, heightPx } = settings.probe;
  const { moment, caption } = still;
  const raw = { width: widthPx, height: heightPx, channels: 3 } as const;
  const { svg, stripHeightPx } = buildOverlay({ widthPx, heightPx, moment, caption });
  const faces = settings.blurFaces ? (still.faces ?? [faceOfStanding(moment.box)]) : [];
  const covers = await Promise.all(faces.map((face) => coverFace(rgb, raw, face)));
  return sharp(rgb, { raw })
    .extend({ bottom: stripHeightPx, background: '#000000' })
    .composite([...covers.flat(), { input: Buffer.from(svg), top: 0, left: 0 }])
    .jpeg({ quality: settings.jpegQuality, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** A face is brought down to a handful of pixels and up again: unlike a blur, that cannot be undone. */
const FACE_CELLS = 4;

async function coverFace(
  rgb: Uint8Array,
  raw: { readonly width: number; readonly height: number; readonly channels: 3 },
  face: FrameBox,
): Promise<OverlayOptions[]> {
  const inside = clipToPicture(face, raw.width, raw.height);
  if (area(inside) === 0) return [];
  const left = Math.floor(inside.x1);
  const top = Math.floor(inside.y1);
  const width = Math.max(1, Math.min(raw.width, Math.ceil(inside.x2)) - left);
  const height = Math.max(1, Math.min(raw.height, Math.ceil(inside.y2)) - top);
  const coarse = await sharp(rgb, { raw })
    .extract({ left, top, width, height })
    .resize(FACE_CELLS, FACE_CELLS, { fit: 'fill' })
    .raw()
    .toBuffer();
  const input = await sharp(coarse, { raw: { width: FACE_CELLS, height: FACE_CELLS, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer();
  return [{ input, left, top }];
}
