import { describe, expect, it } from 'vitest';
import { checkModelShape, type ModelShape } from '../../../src/inference/check-model.js';
import type { OnnxDimension } from '../../../src/inference/onnx-metadata.js';

function shape(
  output: OnnxDimension[],
  input: OnnxDimension[] = ['batch', 3, 'height', 'width'],
  change: Partial<ModelShape> = {},
): ModelShape {
  return {
    inputs: [{ name: 'images', type: 'float32', shape: input }],
    outputs: [{ name: 'output0', type: 'float32', shape: output }],
    task: 'detect',
    ...change,
  };
}

const good = shape(['batch', 14, 'anchors']);

describe('checkModelShape', () => {
  it('takes a dynamic export', () => {
    expect(checkModelShape(good, 10)).toBeNull();
    expect(checkModelShape(shape(['batch', 'rows', 'anchors']), 10)).toBeNull();
    expect(checkModelShape({ ...good, task: null }, 10)).toBeNull();
  });

  it('tells the size of a fixed export', () => {
    expect(checkModelShape(shape([1, 14, 8400], [1, 3, 640, 480]), 10)).toEqual({ widthPx: 480, heightPx: 640 });
  });

  it.each<[string, ModelShape, string, RegExp]>([
    ['another task', { ...good, task: 'segment' }, 'task', /segment/],
    ['class names that do not fit', shape([1, 84, 8400]), 'output.shape', /10 class names need 14 rows/],
    ['non-maximum suppression inside', shape([1, 300, 6]), 'output.shape', /nms=False/],
    ['the same with free dimensions', shape(['batch', 'found', 6]), 'output.shape', /nms=False/],
    ['a classifier', shape([1, 1000]), 'output.shape', /\[1, 1000\]/],
    ['a fixed batch of 4', shape([4, 14, 8400], [4, 3, 640, 640]), 'input.shape', /\[1, 3, height, width\]/],
    ['grey pictures', shape([1, 14, 8400], [1, 1, 640, 640]), 'input.shape', /\[1, 1, 640, 640\]/],
    ['channels last', shape([1, 14, 8400], [1, 640, 640, 3]), 'input.shape', /hivis needs/],
    [
      'half precision',
      { ...good, inputs: [{ name: 'images', type: 'float16', shape: [1, 3, 640, 640] }] },
      'input.type',
      /half=False/,
    ],
    [
      'an integer output',
      { ...good, outputs: [{ name: 'output0', type: 'int64', shape: [1, 14, 8400] }] },
      'output.type',
      /int64/,
    ],
    ['two outputs', { ...good, outputs: [...good.outputs, ...good.outputs] }, 'output', /2 outputs/],
    ['no input', { ...good, inputs: [] }, 'input', /0 inputs/],
  ])('refuses %s', (_, model, field, message) => {
    expect(() => checkModelShape(model, 10)).toThrow(
      expect.objectContaining({
        code: 'model_invalid',
        details: { field },
        message: expect.stringMatching(message) as string,
      }),
    );
  });
});
