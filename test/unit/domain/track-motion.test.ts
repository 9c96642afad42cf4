import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import {
  correctMotion,
  limitUncertainty,
  motionDistance,
  predictMotion,
  startMotion,
  vagueness,
} from '../../../src/domain/track-motion.js';
import type { Motion } from '../../../src/domain/track-motion.js';

/** Somebody 200 px high who walks 100 px a second to the right, seen every 200 ms for two seconds. */
function walker(): Motion {
  let motion = startMotion(frameBox(100, 100, 180, 300), 0);
  for (let atMs = 200; atMs <= 2000; atMs += 200) {
    const x = 100 + atMs / 10;
    motion = correctMotion(predictMotion(motion, atMs), frameBox(x, 100, x + 80, 300), motion.atMs);
  }
  return motion;
}

function distanceAfter(seconds: number, box: ReturnType<typeof frameBox>): number {
  return motionDistance(predictMotion(walker(), 2000 + seconds * 1000), box, seconds);
}

describe('motion of a person', () => {
  it('learns the speed', () => {
    expect(walker().x.velocity).toBeGreaterThan(90);
    expect(walker().x.velocity).toBeLessThan(105);
  });

  it('expects the walker where the walk leads', () => {
    expect(distanceAfter(1, frameBox(400, 100, 480, 300))).toBeLessThan(0.5);
    expect(distanceAfter(1, frameBox(100, 100, 180, 300))).toBeGreaterThan(11);
  });

  it('forgives more after a longer time', () => {
    const off = 60;
    const soon = distanceAfter(0.2, frameBox(320 + off, 100, 400 + off, 300));
    const late = distanceAfter(2, frameBox(500 + off, 100, 580 + off, 300));
    expect(late).toBeLessThan(soon / 3);
  });

  it('knows hidden legs and a hidden side from a jump', () => {
    expect(distanceAfter(0.2, frameBox(320, 100, 400, 190))).toBeLessThan(7);
    expect(distanceAfter(0.2, frameBox(365, 100, 400, 300))).toBeLessThan(7);
    expect(distanceAfter(0.2, frameBox(320, 210, 400, 300))).toBeLessThan(7);
  });

  it('does not believe that people grow', () => {
    expect(distanceAfter(0.2, frameBox(220, 100, 500, 700))).toBeGreaterThan(7);
  });

  it('does not believe in more than a sprint', () => {
    expect(distanceAfter(0.2, frameBox(520, 100, 600, 300))).toBe(Infinity);
  });

  it('is vaguer the longer nobody looks, and vaguest at the start', () => {
    const soon = vagueness(predictMotion(walker(), 2200));
    expect(vagueness(predictMotion(walker(), 4000))).toBeGreaterThan(soon);
    expect(vagueness(predictMotion(startMotion(frameBox(100, 100, 180, 300), 0), 200))).toBeGreaterThan(soon);
  });

  it('bounds how vague a long gap makes it', () => {
    const bounded = limitUncertainty(predictMotion(walker(), 12_000), 0.5);
    expect(Math.sqrt(bounded.x.varPosition)).toBeCloseTo(0.5 * 200, 6);
    expect(Math.sqrt(bounded.top.varPosition)).toBeCloseTo(0.5 * 200, 6);
  });
});
