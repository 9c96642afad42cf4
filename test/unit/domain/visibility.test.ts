import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { hiddenReason, touchesEdge } from '../../../src/domain/visibility.js';
import { VIDEO } from '../../support/scene.js';

// The picture is 1000 × 600 px: a person must be 60 px high, and the edge is 3 px wide.
const free = frameBox(400, 100, 480, 300);

describe('hiddenReason', () => {
  it('has nothing against somebody who stands free', () => {
    expect(hiddenReason(free, 'head', [], VIDEO)).toBeUndefined();
    expect(hiddenReason(free, 'torso', [], VIDEO)).toBeUndefined();
  });

  it('calls a far person too small, by the picture and not by pixels', () => {
    const far = frameBox(400, 100, 424, 159);
    expect(hiddenReason(far, 'head', [], VIDEO)).toBe('too_small');
    expect(hiddenReason(frameBox(400, 100, 424, 161), 'head', [], VIDEO)).toBeUndefined();
    expect(hiddenReason(far, 'head', [], { ...VIDEO, widthPx: 900, heightPx: 540 })).toBeUndefined();
  });

  it('sees a head cut off at the top, which leaves the torso alone', () => {
    const tall = frameBox(400, 0, 480, 180);
    expect(hiddenReason(tall, 'head', [], VIDEO)).toBe('cut_by_frame_edge');
    expect(hiddenReason(tall, 'torso', [], VIDEO)).toBeUndefined();
  });

  it('sees a torso cut off at the bottom, which leaves the head alone', () => {
    const shoulders = frameBox(400, 500, 500, 600);
    expect(hiddenReason(shoulders, 'torso', [], VIDEO)).toBe('cut_by_frame_edge');
    expect(hiddenReason(shoulders, 'head', [], VIDEO)).toBeUndefined();
  });

  it('sees half a body at the side, but not a whole one that only touches it', () => {
    expect(hiddenReason(frameBox(0, 100, 40, 300), 'head', [], VIDEO)).toBe('cut_by_frame_edge');
    expect(hiddenReason(frameBox(960, 100, 1000, 300), 'torso', [], VIDEO)).toBe('cut_by_frame_edge');
    expect(hiddenReason(frameBox(0, 100, 80, 300), 'head', [], VIDEO)).toBeUndefined();
  });

  it('sees somebody behind somebody nearer, and not the other way round', () => {
    const nearer = frameBox(395, 102, 485, 310);
    expect(hiddenReason(free, 'head', [nearer], VIDEO)).toBe('occluded');
    expect(hiddenReason(nearer, 'head', [free], VIDEO)).toBeUndefined();
    // In front of the legs only.
    expect(hiddenReason(free, 'head', [frameBox(390, 200, 490, 340)], VIDEO)).toBeUndefined();
  });
});

describe('touchesEdge', () => {
  it('is true at any of the four', () => {
    for (const box of [
      frameBox(2, 100, 80, 300),
      frameBox(100, 3, 180, 300),
      frameBox(900, 100, 998, 300),
      frameBox(100, 300, 180, 600),
    ]) {
      expect(touchesEdge(box, VIDEO)).toBe(true);
    }
    expect(touchesEdge(free, VIDEO)).toBe(false);
  });
});
