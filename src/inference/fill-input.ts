/* eslint-disable @typescript-eslint/no-non-null-assertion -- hot loop */

/** Multiplying by it gives the same float32 for all 256 values as dividing by 255, and is faster. */
const TO_UNIT = 1 / 255;

/**
 * Interleaved RGB bytes (height × width × 3) → three planes R, G, B of float32 0…1 (NCHW with N = 1).
 * Measured faster as three plane views and a multiplication than with a lookup table or one loop per plane.
 */
export function fillInput(rgb: Uint8Array, input: Float32Array): void {
  const pixels = input.length / 3;
  if (rgb.length < pixels * 3) throw new RangeError(`A picture has ${rgb.length} bytes, ${pixels * 3} expected`);
  const red = input.subarray(0, pixels);
  const green = input.subarray(pixels, 2 * pixels);
  const blue = input.subarray(2 * pixels);
  for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += 3) {
    red[pixel] = rgb[at]! * TO_UNIT;
    green[pixel] = rgb[at + 1]! * TO_UNIT;
    blue[pixel] = rgb[at + 2]! * TO_UNIT;
  }
}
