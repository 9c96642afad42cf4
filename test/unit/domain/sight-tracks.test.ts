import { describe, expect, it } from 'vitest';
import { frameBox } from '../../../src/domain/box-geometry.js';
import { sightTracks } from '../../../src/domain/sight-tracks.js';
import type { SightedPoint } from '../../../src/domain/person-timeline.js';
import type { Detection, FrameBox } from '../../../src/domain/terms.js';
import { BARE_HEAD, detection, HELMET, input } from '../../support/scene.js';

/** Sights people on one frame: one track each, in the order of the boxes. */
function sight(boxes: readonly FrameBox[], detections: readonly Detection[] = []): (SightedPoint | undefined)[] {
  const tracks = boxes.map((box) => ({ points: [{ box, confidence: 0.7, frame: 0, ptsMs: 0 }] }));
  return sightTracks(tracks, [detections], input([])).map((points) => points[0]);
}

const free = frameBox(400, 100, 480, 300);

describe('sightTracks', () => {
  it('says for each person and required item what the frame shows', () => {
    const helmet = detection(HELMET, frameBox(425, 100, 455, 130), 0.6);
    const bare = detection(BARE_HEAD, frameBox(725, 100, 755, 130), 0.4);
    const [left, right] = sight([free, frameBox(700, 100, 780, 300)], [helmet, bare]);
    expect(left?.sightings.get('helmet')).toMatchObject({ worn: 0.6, missing: 0 });
    expect(right?.sightings.get('helmet')).toMatchObject({ worn: 0, missing: 0.4 });
    expect([...(left?.sightings.keys() ?? [])]).toEqual(['helmet', 'vest']);
  });

  it('keeps points in order of time', () => {
    const at = (frame: number): { box: FrameBox; confidence: number; frame: number; ptsMs: number } => {
      return { box: free, confidence: 0.7, frame, ptsMs: frame * 200 };
    };
    const [points] = sightTracks([{ points: [at(0), at(2), at(3)] }], [[], [], [], []], input([]));
    expect(points?.map(({ frame }) => frame)).toEqual([0, 2, 3]);
  });

  it('knows who stands free, who at the edge, and who behind somebody nearer', () => {
    expect(sight([free])[0]?.clarity).toBe(1);
    expect(sight([frameBox(0, 100, 80, 300)])[0]?.clarity).toBe(0.6);
    // A quarter of the person is behind somebody whose foot is lower.
    const [behind, before] = sight([free, frameBox(460, 100, 540, 320)]);
    expect(behind?.clarity).toBe(0.75);
    expect(before?.clarity).toBe(1);
  });
});
