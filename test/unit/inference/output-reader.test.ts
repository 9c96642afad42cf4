import { describe, expect, it } from 'vitest';
import { planLetterbox } from '../../../src/domain/letterbox.js';
import { createOutputReader } from '../../../src/inference/output-reader.js';

const entry = {
  id: 'test',
  classes: ['Person', 'Hardhat'],
  thresholds: { scoreFloor: 0.25, minConfidence: 0.3, nmsIou: 0.5 },
};
/** 640×320 in 320×160: half size, no border. */
const letterbox = planLetterbox({ widthPx: 640, heightPx: 320, imageSize: 320, stride: 32 });

type Anchor = [centreX: number, centreY: number, width: number, height: number, person: number, hardhat: number];

function output(anchors: Anchor[]): Float32Array {
  return Float32Array.from([0, 1, 2, 3, 4, 5].flatMap((row) => anchors.map((anchor) => anchor[row] ?? 0)));
}

describe('createOutputReader', () => {
  it('gives boxes in source pixels, most confident first', () => {
    const read = createOutputReader(entry);
    const anchors: Anchor[] = [
      [100, 60, 20, 40, 0.5, 0],
      [200, 60, 10, 10, 0, 0.75],
    ];
    expect(read(output(anchors), 2, letterbox)).toEqual([
      { classId: 1, confidence: 0.75, box: { x1: 390, y1: 110, x2: 410, y2: 130 } },
      { classId: 0, confidence: 0.5, box: { x1: 180, y1: 80, x2: 220, y2: 160 } },
    ]);
  });

  it('orders equal confidence by class, then from left to right', () => {
    const read = createOutputReader(entry);
    const anchors: Anchor[] = [
      [200, 60, 10, 10, 0, 0.5],
      [250, 60, 10, 10, 0.5, 0],
      [50, 60, 10, 10, 0.5, 0],
    ];
    expect(read(output(anchors), 3, letterbox).map(({ classId, box }) => [classId, box.x1])).toEqual([
      [0, 90],
      [0, 490],
      [1, 390],
    ]);
  });

  it('suppresses doubles within a class and keeps none from the picture before', () => {
    const read = createOutputReader(entry);
    const anchors: Anchor[] = [
      [100, 60, 20, 40, 0.5, 0.4],
      [101, 60, 20, 40, 0.9, 0],
    ];
    expect(read(output(anchors), 2, letterbox).map(({ classId }) => classId)).toEqual([0, 1]);
    expect(read(output([[100, 60, 20, 40, 0, 0]]), 1, letterbox)).toEqual([]);
  });

  it('drops a box that lies wholly in the border', () => {
    const read = createOutputReader(entry);
    const padded = planLetterbox({ widthPx: 640, heightPx: 300, imageSize: 320, stride: 32 });
    expect(padded.padTopPx).toBe(5);
    expect(read(output([[100, 2, 20, 4, 0.9, 0]]), 1, padded)).toEqual([]);
  });

  it('refuses NaN', () => {
    const read = createOutputReader(entry);
    expect(() => read(output([[100, 60, 20, 40, Number.NaN, 0]]), 1, letterbox)).toThrow(
      expect.objectContaining({ code: 'inference_failed', retryable: false }),
    );
  });

  it('refuses a model that is sure of everything', () => {
    const read = createOutputReader(entry);
    const anchorCount = 10_000;
    expect(() => read(new Float32Array(6 * anchorCount).fill(0.9), anchorCount, letterbox)).toThrow(
      expect.objectContaining({ code: 'inference_failed', details: { model: 'test', outcome: 'overflow' } }),
    );
  });
});
