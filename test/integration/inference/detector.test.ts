import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planLetterbox } from '../../../src/domain/letterbox.js';
import { createDetector, type Detector } from '../../../src/inference/detector.js';
import { describeModelFile, findModel, loadManifest, type ModelEntry } from '../../../src/inference/manifest.js';
import { namesProperty, sketchOnnx, type OnnxSketch } from '../../support/onnx.js';

const modelsDir = fileURLToPath(new URL('../../../models', import.meta.url));
const properties = { names: namesProperty(['person', 'helmet']), stride: '32', task: 'detect' };
const square = planLetterbox({ widthPx: 64, heightPx: 64, imageSize: 64, stride: 32 });
const picture = new Uint8Array(64 * 64 * 3);
let dir: string;
let count = 0;

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'hivis-models-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function sketchFile(sketch: OnnxSketch): Promise<string> {
  const file = path.join(dir, `sketch-${(count += 1)}.onnx`);
  await writeFile(file, sketchOnnx({ properties, ...sketch }));
  return file;
}

async function open(sketch: OnnxSketch, change: Partial<ModelEntry> = {}): Promise<Detector> {
  const modelPath = await sketchFile(sketch);
  return createDetector({ modelPath, entry: { ...(await describeModelFile(modelPath)), ...change } });
}

describe('createDetector', () => {
  it('runs a model and reads its boxes', async () => {
    const detector = await open({});
    expect(await detector.detect(picture, square)).toEqual([
      { classId: 0, confidence: Math.fround(0.9), box: { x1: 6, y1: 6, x2: 10, y2: 10 } },
      { classId: 1, confidence: Math.fround(0.1), box: { x1: 6, y1: 6, x2: 10, y2: 10 } },
    ]);
    expect(detector.inferenceMs).toBeGreaterThan(0);
    await detector.close();
  });

  it('refuses garbage', async () => {
    const modelPath = path.join(dir, 'garbage.onnx');
    await writeFile(modelPath, Buffer.alloc(5000, 'x'));
    const entry = findModel(await loadManifest(modelsDir), 'ppe-yolov8n');
    await expect(createDetector({ modelPath, entry })).rejects.toMatchObject({
      code: 'model_invalid',
      details: { field: 'file' },
    });
  });

  it('refuses a model that the runtime cannot load', async () => {
    const modelPath = await sketchFile({ outputType: 11 });
    const entry = { ...(await describeModelFile(await sketchFile({}))) };
    await expect(createDetector({ modelPath, entry })).rejects.toMatchObject({ code: 'model_invalid' });
  });

  it('refuses classes in another order than the manifest says', async () => {
    await expect(open({}, { classes: ['helmet', 'person'] })).rejects.toMatchObject({
      code: 'model_invalid',
      details: { field: 'names' },
    });
  });

  it('refuses an output that the file leaves open and that does not fit the class names', async () => {
    const output = { dims: [1, 5, 1], values: [8, 8, 4, 4, 0.9] };
    await expect(open({ outputShape: ['batch', 'rows', 'anchors'], output })).rejects.toMatchObject({
      code: 'model_invalid',
      details: { field: 'output.shape' },
    });
  });

  it('refuses NaN', async () => {
    const detector = await open({ output: { dims: [1, 6, 1], values: [8, 8, 4, 4, Number.NaN, 0.1] } });
    await expect(detector.detect(picture, square)).rejects.toMatchObject({
      code: 'inference_failed',
      retryable: false,
    });
    await detector.close();
  });

  it('holds a fixed model to its input size', async () => {
    const output = { dims: [1, 6, 1], values: [32, 32, 8, 8, 0.9, 0.1] };
    const detector = await open({ inputShape: [1, 3, 64, 64], output });
    expect(detector.entry.fixedInput).toEqual({ widthPx: 64, heightPx: 64 });
    const flat = planLetterbox({ widthPx: 64, heightPx: 32, imageSize: 64, stride: 32 });
    expect(() => detector.prepare(flat)).toThrow(
      expect.objectContaining({ code: 'model_invalid', details: { field: 'input.shape' } }),
    );
    const fitted = planLetterbox({
      ...flat,
      widthPx: 64,
      heightPx: 32,
      imageSize: 64,
      stride: 32,
      fixedInput: detector.entry.fixedInput,
    });
    expect(await detector.detect(picture, fitted)).toHaveLength(2);
    await detector.close();
  });

  it('looks at one picture at a time', async () => {
    const detector = await open({});
    const first = detector.detect(picture, square);
    await expect(detector.detect(picture, square)).rejects.toMatchObject({ code: 'internal' });
    await expect(first).resolves.toHaveLength(2);
    await detector.close();
  });
});

describe('the default model', () => {
  let detector: Detector;

  beforeAll(async () => {
    const entry = findModel(await loadManifest(modelsDir), 'ppe-yolov8n');
    detector = await createDetector({ modelPath: path.join(modelsDir, entry.file), entry });
  });

  afterAll(() => detector.close());

  /** Anything with structure. */
  function pattern(letterbox: { inputWidthPx: number; inputHeightPx: number }, phase: number): Uint8Array {
    const { inputWidthPx, inputHeightPx } = letterbox;
    return Uint8Array.from({ length: inputWidthPx * inputHeightPx * 3 }, (_, i) => (i * phase + (i >> 9)) & 255);
  }

  it('gives the same answer however often buffers are reused or remade', async () => {
    const wide = planLetterbox({ widthPx: 640, heightPx: 360, imageSize: 320, stride: 32 });
    const high = planLetterbox({ widthPx: 360, heightPx: 640, imageSize: 320, stride: 32 });
    const first = await detector.detect(pattern(wide, 3), wide);
    const other = await detector.detect(pattern(wide, 5), wide);
    expect(await detector.detect(pattern(wide, 3), wide)).toEqual(first);
    await detector.detect(pattern(high, 3), high);
    expect(await detector.detect(pattern(wide, 5), wide)).toEqual(other);
    expect(await detector.detect(pattern(wide, 3), wide)).toEqual(first);
  });

  it('does not depend on which other letterbox of the same input size it was prepared for', async () => {
    const small = planLetterbox({ widthPx: 320, heightPx: 180, imageSize: 320, stride: 32 });
    const large = planLetterbox({ widthPx: 640, heightPx: 360, imageSize: 320, stride: 32 });
    detector.prepare(small);
    const rgb = pattern(small, 7);
    const inSmall = await detector.detect(rgb, small);
    const inLarge = await detector.detect(rgb, large);
    expect(inLarge.map(({ box }) => box.x2)).toEqual(inSmall.map(({ box }) => Math.fround(box.x2 * 2)));
  });
});
