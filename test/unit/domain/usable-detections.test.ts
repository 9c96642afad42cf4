import { expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { usableDetections } from '../../../src/domain/usable-detections.js';
import { detection } from '../../support/scene.js';

it('keeps what is confident enough, strongest first, in an order that storage cannot change', () => {
  const a = detection(5, frameBox(0, 0, 10, 10), 0.5);
  const b = detection(5, frameBox(20, 0, 30, 10), 0.5);
  const c = detection(0, frameBox(20, 0, 30, 10), 0.5);
  const d = detection(7, frameBox(0, 0, 10, 10), 0.9);
  const weak = detection(5, frameBox(0, 0, 10, 10), 0.149);
  const limit = detection(5, frameBox(0, 0, 10, 12), 0.15);
  const expected = [d, c, a, b, limit];
  expect(usableDetections([a, b, weak, c, d, limit], 0.15)).toEqual(expected);
  expect(usableDetections([limit, d, weak, c, b, a], 0.15)).toEqual(expected);
});
