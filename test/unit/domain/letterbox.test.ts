import { describe, expect, it } from 'vitest';
import { modelBox, planLetterbox, toFrameBox } from '../../../src/domain/letterbox.js';

describe('planLetterbox', () => {
  it('takes the smallest multiple of the stride', () => {
    expect(planLetterbox({ widthPx: 640, heightPx: 360, imageSize: 480, stride: 32 })).toMatchObject({
      inputWidthPx: 480,
      inputHeightPx: 288,
      scaledWidthPx: 480,
      scaledHeightPx: 270,
      padLeftPx: 0,
      padTopPx: 9,
      scaleX: 0.75,
      scaleY: 0.75,
    });
  });

  it('pads at the sides of an upright picture', () => {
    expect(planLetterbox({ widthPx: 1080, heightPx: 1920, imageSize: 480, stride: 32 })).toMatchObject({
      inputWidthPx: 288,
      inputHeightPx: 480,
      padLeftPx: 9,
      padTopPx: 0,
    });
  });

  it('rounds imageSize up to the stride', () => {
    expect(planLetterbox({ widthPx: 100, heightPx: 100, imageSize: 450, stride: 32 })).toMatchObject({
      inputWidthPx: 480,
      inputHeightPx: 480,
      scaledWidthPx: 480,
    });
  });

  it('enlarges small pictures', () => {
    expect(planLetterbox({ widthPx: 48, heightPx: 36, imageSize: 480, stride: 32 }).scaleX).toBe(10);
  });

  it('puts the odd pixel to the right and below', () => {
    const letterbox = planLetterbox({ widthPx: 480, heightPx: 269, imageSize: 480, stride: 32 });
    expect(letterbox).toMatchObject({ inputHeightPx: 288, scaledHeightPx: 269, padTopPx: 9 });
  });

  it('keeps a very flat picture at least one pixel high', () => {
    expect(planLetterbox({ widthPx: 5000, heightPx: 2, imageSize: 320, stride: 32 })).toMatchObject({
      scaledHeightPx: 1,
      inputHeightPx: 32,
      padTopPx: 15,
    });
  });

  it('fills the fixed input of a model exported without dynamic size', () => {
    const fixedInput = { widthPx: 640, heightPx: 640 };
    expect(planLetterbox({ widthPx: 1920, heightPx: 1080, imageSize: 480, stride: 32, fixedInput })).toMatchObject({
      inputWidthPx: 640,
      inputHeightPx: 640,
      scaledWidthPx: 640,
      scaledHeightPx: 360,
      padTopPx: 140,
    });
  });

  it('refuses sizes that are not positive whole numbers', () => {
    expect(() => planLetterbox({ widthPx: 0, heightPx: 1, imageSize: 32, stride: 32 })).toThrow(/widthPx/);
    expect(() => planLetterbox({ widthPx: 1, heightPx: 1, imageSize: 32.5, stride: 32 })).toThrow(/imageSize/);
  });
});

describe('toFrameBox', () => {
  const wide = planLetterbox({ widthPx: 1920, heightPx: 1080, imageSize: 480, stride: 32 });

  it('takes off the border and scales back', () => {
    expect(toFrameBox(modelBox(120, 9 + 67.5, 240, 9 + 135), wide)).toEqual({ x1: 480, y1: 270, x2: 960, y2: 540 });
  });

  it('clips to the picture', () => {
    expect(toFrameBox(modelBox(-3, 0, 500, 288), wide)).toEqual({ x1: 0, y1: 0, x2: 1920, y2: 1080 });
  });

  it('gives float32 values, as they are stored', () => {
    const box = toFrameBox(modelBox(1.1, 10.3, 5.7, 12.9), wide);
    expect(Object.values(box)).toEqual(Object.values(box).map(Math.fround));
  });

  it('returns every corner of the picture exactly, at odd sizes too', () => {
    for (const [widthPx, heightPx] of [
      [641, 359],
      [333, 777],
      [1919, 1081],
    ] as const) {
      const lb = planLetterbox({ widthPx, heightPx, imageSize: 480, stride: 32 });
      const whole = modelBox(
        lb.padLeftPx,
        lb.padTopPx,
        lb.padLeftPx + lb.scaledWidthPx,
        lb.padTopPx + lb.scaledHeightPx,
      );
      expect(toFrameBox(whole, lb)).toEqual({ x1: 0, y1: 0, x2: widthPx, y2: heightPx });
    }
  });
});
