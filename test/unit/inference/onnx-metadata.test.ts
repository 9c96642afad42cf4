import { describe, expect, it } from 'vitest';
import { readOnnxMetadata } from '../../../src/inference/onnx-metadata.js';
import { namesProperty, sketchOnnx } from '../../support/onnx.js';

describe('readOnnxMetadata', () => {
  it('reads names, stride, size, task and shapes', async () => {
    const properties = {
      names: namesProperty(['Person', 'Hardhat']),
      stride: '32',
      imgsz: '[480, 640]',
      task: 'detect',
    };
    const metadata = await readOnnxMetadata(sketchOnnx({ outputShape: ['batch', 6, 'anchors'], properties }));
    expect(metadata).toEqual({
      inputs: [{ name: 'images', type: 'float32', shape: ['batch', 3, 'height', 'width'] }],
      outputs: [{ name: 'output0', type: 'float32', shape: ['batch', 6, 'anchors'] }],
      properties,
      names: ['Person', 'Hardhat'],
      stride: 32,
      imageSize: 640,
      task: 'detect',
    });
  });

  it('says null for what the exporter left out', async () => {
    expect(await readOnnxMetadata(sketchOnnx())).toMatchObject({
      names: null,
      stride: null,
      imageSize: null,
      task: null,
    });
  });

  it('names element types', async () => {
    const { inputs, outputs } = await readOnnxMetadata(sketchOnnx({ inputType: 10, outputType: 77 }));
    expect([inputs[0]?.type, outputs[0]?.type]).toEqual(['float16', 'type 77']);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['a page', Buffer.from('<!doctype html><title>Not found</title>')],
    ['noise', Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251)],
    ['a cut model', sketchOnnx().subarray(0, 60)],
  ])('refuses %s', async (_, bytes) => {
    await expect(readOnnxMetadata(bytes)).rejects.toMatchObject({ code: 'model_invalid', details: { field: 'file' } });
  });

  it('refuses a file that is not there', async () => {
    await expect(readOnnxMetadata('/nonexistent/model.onnx')).rejects.toMatchObject({ code: 'model_invalid' });
  });
});
