import { describe, expect, it } from 'vitest';
import { correctAxis, predictAxis, startAxis } from '../../../src/domain/motion-filter.js';

describe('constant-velocity filter of one axis', () => {
  const start = startAxis(100, 2, 3);

  it('starts at rest with the given uncertainty', () => {
    expect(start).toEqual({ position: 100, velocity: 0, varPosition: 4, covariance: 0, varVelocity: 9 });
  });

  it('becomes vaguer with the time that really passed', () => {
    // 4 + 2²·9 + 3·2³/3 = 48; 2·9 + 3·2²/2 = 24; 9 + 3·2 = 15
    expect(predictAxis(start, 2, 3)).toEqual({
      position: 100,
      velocity: 0,
      varPosition: 48,
      covariance: 24,
      varVelocity: 15,
    });
  });

  it('does not care how a stretch of time is cut', () => {
    const moving = { ...start, velocity: 5 };
    const once = predictAxis(moving, 1, 3);
    const twice = predictAxis(predictAxis(moving, 0.4, 3), 0.6, 3);
    expect(twice.position).toBeCloseTo(105, 9);
    expect(twice.varPosition).toBeCloseTo(once.varPosition, 9);
    expect(twice.covariance).toBeCloseTo(once.covariance, 9);
    expect(twice.varVelocity).toBeCloseTo(once.varVelocity, 9);
  });

  it('learns position and velocity from a measurement', () => {
    const predicted = predictAxis(start, 2, 3);
    const corrected = correctAxis(predicted, 152, 4); // innovation 52, total variance 48 + 16 = 64
    expect(corrected.position).toBeCloseTo(100 + (48 / 64) * 52, 9);
    expect(corrected.velocity).toBeCloseTo((24 / 64) * 52, 9);
    expect(corrected.varPosition).toBeCloseTo(12, 9);
    expect(corrected.covariance).toBeCloseTo(6, 9);
    expect(corrected.varVelocity).toBeCloseTo(15 - (24 / 64) * 24, 9);
  });
});
