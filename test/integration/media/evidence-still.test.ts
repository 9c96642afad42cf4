import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import type { EvidenceMoment } from '../../../src/domain/terms.js';
import {
  pictureKey,
  renderEvidenceStill,
  renderEvidenceStills,
  type StillRequest,
  type StillSettings,
} from '../../../src/media/evidence-still.js';
import { extractFrames } from '../../../src/media/extract-frames.js';
import { findMediaTools, type MediaTools } from '../../../src/media/tools.js';
import { H264_OPEN, makeClip, makeClipFolder, makeTurnedClip } from '../../support/clips.js';
import { hashOf, hashSerially, openClip, type OpenedClip } from '../../support/pictures.js';

let tools: MediaTools;
let folder: Awaited<ReturnType<typeof makeClipFolder>>;
let clip: OpenedClip;
/** Fine squares all over: whatever is made coarse there becomes grey. */
let checks: OpenedClip;
const CHECKS = "geq=lum='255*mod(floor(X/4)+floor(Y/4),2)':cb=128:cr=128";

beforeAll(async () => {
  tools = await findMediaTools({});
  folder = await makeClipFolder();
  const picture = { widthPx: 320, heightPx: 256 };
  clip = await openClip(tools, await makeClip(folder.dir, 'clip.mp4', H264_OPEN, picture), 320);
  const codec = ['-vf', CHECKS, ...H264_OPEN];
  checks = await openClip(tools, await makeClip(folder.dir, 'checks.mp4', codec, { ...picture, seconds: 1 }), 320);
});

afterAll(() => folder.remove());

function settings(change: Partial<StillSettings> = {}): StillSettings {
  return { ...clip, jpegQuality: 70, blurFaces: false, ...change };
}

function still(frameIndex: number, change: Partial<EvidenceMoment> = {}): StillRequest {
  const moment: EvidenceMoment = {
    frameIndex,
    ptsMs: frameIndex * 40,
    box: frameBox(100, 60, 180, 240),
    marks: [{ box: frameBox(120, 60, 160, 100), label: 'no helmet', status: 'missing' }],
    ...change,
  };
  return { frameIndex, moment, caption: 'Violation 1' };
}

async function pixels(jpeg: Buffer) {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
    /** Mean difference to another picture over a rectangle. */
    difference: (other: Buffer, left: number, top: number, width: number, height: number) => {
      let sum = 0;
      for (let y = top; y < top + height; y++)
        for (let x = left * 3; x < (left + width) * 3; x++)
          sum += Math.abs((data[y * info.width * 3 + x] ?? 0) - (other[y * clip.probe.widthPx * 3 + x] ?? 0));
      return sum / (width * height * 3);
    },
  };
}

async function frame(frameIndex: number, of = clip): Promise<Buffer> {
  for await (const { rgb } of extractFrames(tools, { ...of, frames: [frameIndex] })) return Buffer.from(rgb);
  throw new Error('no frame');
}

describe('extractFrames', () => {
  it('gives exactly the frames that were asked for, in order', async () => {
    // At full size the letterbox changes nothing, so a plain decode gives the same pictures.
    expect(clip.letterbox).toMatchObject({ inputWidthPx: 320, inputHeightPx: 256, scaleX: 1 });
    const serial = await hashSerially(clip);
    const wanted = [99, 0, 41, 40, 39, 67, 68, 41];
    const found: [number, string][] = [];
    for await (const { frameIndex, rgb } of extractFrames(tools, { ...clip, frames: wanted }))
      found.push([frameIndex, hashOf(rgb)]);
    expect(found).toEqual([0, 39, 40, 41, 67, 68, 99].map((frameIndex) => [frameIndex, serial[frameIndex]]));
  });
});

describe('renderEvidenceStill', () => {
  it('is the frame with boxes around what it is about and a strip below', async () => {
    const jpeg = await renderEvidenceStill(tools, { ...settings(), ...still(50) });
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 320, space: 'srgb' });
    const picture = await pixels(jpeg);
    expect(picture.height).toBeGreaterThan(256);
    const source = await frame(50);
    // Inside the mark, and far from everything: the frame itself.
    expect(picture.difference(source, 125, 65, 30, 30)).toBeLessThan(12);
    expect(picture.difference(source, 220, 20, 80, 200)).toBeLessThan(12);
    // The line of the mark is red, the strip is dark.
    const [red = 0, green = 0, blue = 0] = picture.at(140, 101);
    expect(red).toBeGreaterThan(150);
    expect(Math.max(green, blue)).toBeLessThan(110);
    expect(Math.max(...picture.at(160, picture.height - 2))).toBeLessThan(60);
  });

  it('follows the quality', async () => {
    const coarse = await renderEvidenceStill(tools, { ...settings({ jpegQuality: 20 }), ...still(50) });
    const fine = await renderEvidenceStill(tools, { ...settings({ jpegQuality: 95 }), ...still(50) });
    expect(fine.length).toBeGreaterThan(coarse.length * 2);
  });

  it('is the same bytes every time', async () => {
    const first = await renderEvidenceStill(tools, { ...settings(), ...still(33) });
    expect((await renderEvidenceStill(tools, { ...settings(), ...still(33) })).equals(first)).toBe(true);
  });

  it('makes faces unrecognisable when asked to', async () => {
    const face = frameBox(230, 100, 270, 140);
    const source = await frame(10, checks);
    const edges = [frameBox(-20, -20, -5, -5), frameBox(310, 250, 400, 300)];
    const withFace: StillRequest = { ...still(10), faces: [face, ...edges] };
    const open = await pixels(await renderEvidenceStill(tools, { ...settings(checks), ...withFace }));
    expect(open.difference(source, 230, 100, 40, 40)).toBeLessThan(25);
    const blurred = settings({ ...checks, blurFaces: true });
    const hidden = await pixels(await renderEvidenceStill(tools, { ...blurred, ...withFace }));
    expect(hidden.difference(source, 230, 100, 40, 40)).toBeGreaterThan(90);
    expect(hidden.difference(source, 20, 20, 60, 200)).toBeLessThan(25);
  });

  it('hides the face of the person shown when no faces are named', async () => {
    const source = await frame(10, checks);
    const blurred = settings({ ...checks, blurFaces: true });
    const hidden = await pixels(await renderEvidenceStill(tools, { ...blurred, ...still(10, { marks: [] }) }));
    expect(hidden.difference(source, 132, 72, 16, 14)).toBeGreaterThan(90);
    expect(hidden.difference(source, 132, 120, 16, 100)).toBeLessThan(25);
  });

  it('shows turned video upright', async () => {
    const turned = await openClip(tools, await makeTurnedClip(folder.dir, 90));
    const jpeg = await renderEvidenceStill(tools, { ...settings(turned), ...still(10) });
    expect(await sharp(jpeg).metadata()).toMatchObject({ width: 120 });
  });

  it('says that a frame cannot be decoded', async () => {
    const longer = {
      ...clip.index,
      ptsUs: Float64Array.from({ length: 200 }, (_, i) => i * 40_000),
      keyFlags: Uint8Array.from({ length: 200 }, (_, i) => Number(i === 0)),
    };
    await expect(renderEvidenceStill(tools, { ...settings({ index: longer }), ...still(150) })).rejects.toMatchObject({
      code: 'source_unreadable',
      details: { frameIndex: 150 },
    });
  });

  it('stops when it is cancelled', async () => {
    await expect(
      renderEvidenceStill(tools, { ...settings({ signal: AbortSignal.abort() }), ...still(1) }),
    ).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('renderEvidenceStills', () => {
  it('makes several stills, of one frame too', async () => {
    const requests = [still(70), still(3), still(70, { marks: [] }), still(25)];
    const made: StillRequest[] = [];
    for await (const { still: request, jpeg } of renderEvidenceStills(tools, settings(), requests)) {
      made.push(request);
      expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8');
    }
    expect(made).toEqual([requests[1], requests[3], requests[0], requests[2]]);
  });
});

describe('pictureKey', () => {
  const look = { jpegQuality: 70, blurFaces: false };

  it('is the same for the same picture', () => {
    expect(pictureKey(still(5), look)).toBe(pictureKey(still(5), { ...settings(), ...look }));
    // Faces are not drawn on when they are not hidden.
    expect(pictureKey({ ...still(5), faces: [frameBox(1, 2, 3, 4)] }, look)).toBe(pictureKey(still(5), look));
  });

  it('differs with everything that the picture shows', () => {
    const keys = [
      pictureKey(still(5), look),
      pictureKey(still(6), look),
      pictureKey(still(5, { box: frameBox(100, 60, 180, 241) }), look),
      pictureKey(still(5, { marks: [] }), look),
      pictureKey({ ...still(5), caption: 'Violation 2' }, look),
      pictureKey(still(5), { ...look, jpegQuality: 71 }),
      pictureKey(still(5), { ...look, blurFaces: true }),
      pictureKey({ ...still(5), faces: [frameBox(1, 2, 3, 4)] }, { ...look, blurFaces: true }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
