import { describe, expect, it } from 'vitest';
import { chooseEveryN } from '../../../workers/ingest-plan.js';

describe('chooseEveryN', () => {
  it('takes the number that was asked for', () => {
    expect(chooseEveryN({ everyNFrames: 7, sampleFps: null }, 25, 5)).toBe(7);
  });

  it('comes closest to the wished rate', () => {
    expect(chooseEveryN({ everyNFrames: null, sampleFps: 5 }, 25, 5)).toBe(5);
    expect(chooseEveryN({ everyNFrames: null, sampleFps: 5 }, 29.97, 5)).toBe(6);
    expect(chooseEveryN({ everyNFrames: null, sampleFps: 50 }, 25, 5)).toBe(1);
    expect(chooseEveryN({ everyNFrames: null, sampleFps: 2 }, null, 5)).toBe(1);
  });

  it('falls back to the configuration', () => {
    expect(chooseEveryN({ everyNFrames: null, sampleFps: null }, 25, 5)).toBe(5);
  });
});
