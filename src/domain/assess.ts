import { confirmTracks } from './confirm-tracks.js';
import { buildObservations, summarizeTrack } from './observations.js';
import { findPersonBoxes } from './person-boxes.js';
import { buildTimeline } from './person-timeline.js';
import { sampleCells, samplingIntervalMs } from './sample-cells.js';
import { sightTracks } from './sight-tracks.js';
import { stitchTracks } from './stitch-tracks.js';
import { summarize } from './summary.js';
import type { AssessmentInput, AssessmentResult } from './terms.js';
import { trackPersons } from './tracker.js';
import { usableDetections } from './usable-detections.js';
import { findViolations } from './violations.js';

/** One sampled frame proves nothing yet: only what lasts two intervals is sure to be on two frames. */
const FLOOR_INTERVALS = 2;

/**
 * Judges a whole source by one rule set: people are followed, their items looked for, statuses smoothed, violations
 * found and person-time summed up. A pure function of its input: same input, same result to the last digit, whatever
 * the order of detections inside a frame; nothing is random and no clock is read. Boxes are in source pixels, times in
 * whole milliseconds since the first frame. Never throws on well-typed input; no frames or no people give an empty
 * result with rates of null.
 */
export function assess(input: AssessmentInput): AssessmentResult {
  const { frames, roles, rules, video } = input;
  const intervalMs = samplingIntervalMs(frames, video);
  const cells = sampleCells(frames, video);
  const detections = frames.map((frame) => usableDetections(frame.detections, rules.minConfidence));
  const personFrames = frames.map(({ ptsMs }, frame) => {
    return { ptsMs, persons: findPersonBoxes(detections[frame] ?? [], roles) };
  });
  const tracks = confirmTracks(stitchTracks(trackPersons(personFrames, intervalMs), intervalMs, video), frames.length);
  const timelines = sightTracks(tracks, detections, input).map((points, position) =>
    buildTimeline(position + 1, points, cells, rules, video),
  );
  const observed = timelines.map(buildObservations);
  const violations = findViolations(timelines, frames, rules);
  return {
    tracks: timelines.map((timeline, position) => summarizeTrack(timeline, observed[position] ?? [])),
    observations: observed.flat(),
    violations,
    summary: summarize(timelines, violations, rules, video),
    detectionFloorMs: Math.round(FLOOR_INTERVALS * intervalMs),
  };
}
