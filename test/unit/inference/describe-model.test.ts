import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeModelFile } from '../../../src/inference/manifest.js';
import { namesProperty, sketchOnnx, type OnnxSketch } from '../../support/onnx.js';

describe('describeModelFile', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'hivis-models-'));
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  async function describeSketch(sketch: OnnxSketch, name = 'best.onnx') {
    const file = path.join(dir, name);
    await writeFile(file, sketchOnnx(sketch));
    return describeModelFile(file);
  }

  it('makes an entry from what the file says', async () => {
    const properties = {
      names: namesProperty(['person', 'helmet']),
      stride: '32',
      imgsz: '[640, 640]',
      task: 'detect',
    };
    expect(await describeSketch({ properties }, 'My Helmets (v2).onnx')).toMatchObject({
      id: 'my-helmets-v2-',
      file: 'My Helmets (v2).onnx',
      version: 'unversioned',
      licence: 'unknown',
      classes: ['person', 'helmet'],
      roles: { person: [0], items: { helmet: { worn: [1], missing: [], region: 'head' } } },
      stride: 32,
      imageSize: 640,
      fixedInput: null,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  it('takes the size of a fixed export from its input', async () => {
    const properties = { names: namesProperty(['person', 'helmet']), imgsz: '[640, 640]', license: 'AGPL-3.0' };
    expect(await describeSketch({ properties, inputShape: [1, 3, 384, 512] })).toMatchObject({
      imageSize: 512,
      fixedInput: { widthPx: 512, heightPx: 384 },
      licence: 'AGPL-3.0',
    });
  });

  it.each<[string, OnnxSketch, RegExp]>([
    ['no names', {}, /no class names/],
    ['nobody to follow', { properties: { names: namesProperty(['helmet', 'vest']) } }, /no class means a person/],
    ['nothing to wear', { properties: { names: namesProperty(['person', 'car']) } }, /no class means a helmet/],
    ['another task', { properties: { names: namesProperty(['person', 'helmet']), task: 'pose' } }, /pose/],
  ])('refuses %s', async (_, sketch, message) => {
    await expect(describeSketch(sketch)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message) as string,
    });
  });
});
