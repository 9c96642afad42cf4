import { describe, expect, it } from 'vitest';
import { fillInput } from '../../../src/inference/fill-input.js';

describe('fillInput', () => {
  it('turns interleaved bytes into planes', () => {
    const input = new Float32Array(6);
    fillInput(Uint8Array.from([0, 51, 255, 102, 153, 204]), input);
    expect([...input]).toEqual([0, 102, 51, 153, 255, 204].map((value) => Math.fround(value / 255)));
  });

  it('gives for every byte what dividing by 255 gives', () => {
    const bytes = Uint8Array.from({ length: 258 }, (_, i) => i);
    const input = new Float32Array(258);
    fillInput(bytes, input);
    const red = [...input.subarray(0, 86)];
    expect(red).toEqual(Array.from({ length: 86 }, (_, i) => Math.fround((bytes[i * 3] ?? 0) / 255)));
  });

  it('refuses a picture that is too small', () => {
    expect(() => fillInput(new Uint8Array(5), new Float32Array(6))).toThrow(RangeError);
  });
});
