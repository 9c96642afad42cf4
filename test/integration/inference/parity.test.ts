import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameBox, iou } from '../../../src/domain/box-geometry.js';
import { planLetterbox, type Letterbox } from '../../../src/domain/letterbox.js';
import type { Detection } from '../../../src/domain/terms.js';
import { createDetector, type Detector } from '../../../src/inference/detector.js';
import { findModel, loadManifest } from '../../../src/inference/manifest.js';
import { letterboxFilters } from '../../../src/media/frame-source.js';
import { sharedDir, SHARED_MISSING } from '../../support/shared.js';

type Expected = { readonly classId: number; readonly score: number; readonly box: [number, number, number, number] };
type ParityFile = {
  readonly imageSize: number;
  readonly scoreFloor: number;
  readonly nms: { readonly iou: number };
  readonly images: readonly {
    readonly image: string;
    readonly widthPx: number;
    readonly heightPx: number;
    readonly inputWidthPx: number;
    readonly inputHeightPx: number;
    readonly padLeftPx: number;
    readonly padTopPx: number;
    readonly detections: readonly Expected[];
  }[];
};

const run = promisify(execFile);
const modelsDir = fileURLToPath(new URL('../../../models', import.meta.url));
const fixtures = fileURLToPath(new URL('../../fixtures/parity', import.meta.url));
const shared = sharedDir();
const own = readParity(path.join(fixtures, 'parity.json'));
const ownNames = new Set(own.images.map((image) => image.image));
const others =
  shared === undefined
    ? []
    : readParity(path.join(shared, 'models/parity.json')).images.filter((image) => !ownNames.has(image.image));

function readParity(file: string): ParityFile {
  return JSON.parse(readFileSync(file, 'utf8')) as ParityFile;
}

/** The picture through the filters of the frame source. */
async function letterboxed(file: string, letterbox: Letterbox): Promise<Uint8Array> {
  const filters = letterboxFilters(letterbox).join(',');
  const { stdout } = await run(
    'ffmpeg',
    ['-v', 'error', '-nostdin', '-i', file, '-vf', filters, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    { encoding: 'buffer', maxBuffer: 64 << 20 },
  );
  return stdout;
}

function isSame(expected: Expected, found: Detection): boolean {
  return (
    expected.classId === found.classId &&
    Math.abs(expected.score - found.confidence) <= 0.03 &&
    iou(frameBox(...expected.box), found.box) >= 0.9
  );
}

describe('the detector agrees with an independent implementation', () => {
  let detector: Detector;
  let floor: number;

  beforeAll(async () => {
    const entry = findModel(await loadManifest(modelsDir), 'ppe-yolov8n');
    floor = entry.thresholds.scoreFloor;
    const modelPath = path.join(modelsDir, entry.file);
    detector = await createDetector({
      modelPath,
      entry: { ...entry, thresholds: { ...entry.thresholds, nmsIou: own.nms.iou } },
    });
  });

  afterAll(() => detector.close());

  const images = [...own.images.map((image) => ({ ...image, dir: fixtures }))];
  if (shared !== undefined)
    images.push(...others.map((image) => ({ ...image, dir: path.join(shared, 'models/parity') })));

  it.each(images)('$image', async (image) => {
    const { widthPx, heightPx } = image;
    const letterbox = planLetterbox({ widthPx, heightPx, imageSize: own.imageSize, stride: 32 });
    expect(letterbox).toMatchObject({
      inputWidthPx: image.inputWidthPx,
      inputHeightPx: image.inputHeightPx,
      padLeftPx: image.padLeftPx,
      padTopPx: image.padTopPx,
    });
    const rgb = await letterboxed(path.join(image.dir, image.image), letterbox);
    const found = await detector.detect(rgb, letterbox);

    const missed = image.detections.filter(
      (expected) => expected.score >= 0.3 && !found.some((detection) => isSame(expected, detection)),
    );
    expect(missed).toEqual([]);
    const invented = found.filter(
      (detection) => detection.confidence >= 0.35 && !image.detections.some((expected) => isSame(expected, detection)),
    );
    expect(invented).toEqual([]);
  });

  it('keeps what lies between its floor and the default threshold', async () => {
    const [image] = own.images;
    if (image === undefined) throw new Error('no fixture');
    const letterbox = planLetterbox({ ...image, imageSize: own.imageSize, stride: 32 });
    const found = await detector.detect(await letterboxed(path.join(fixtures, image.image), letterbox), letterbox);
    expect(found.length).toBeGreaterThan(image.detections.length);
    expect(Math.min(...found.map((detection) => detection.confidence))).toBeGreaterThanOrEqual(floor);
  });

  if (shared === undefined) it.skip(`third-party frames: ${SHARED_MISSING}`, () => undefined);
});
