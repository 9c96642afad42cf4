import { describe, expect, it } from 'vitest';
import { createAnalysisSchema, listAnalysesQuerySchema, zoneSchema } from '../../../src/api/schemas.js';

const videoUrl = 'https://videos.example.com/gate.mp4';
const square = [
  [0.1, 0.1],
  [0.9, 0.1],
  [0.9, 0.9],
  [0.1, 0.9],
];
const zone = { name: 'Gate', polygon: square, required: ['helmet'] };

function problemsOf(body: unknown): string[] {
  const parsed = createAnalysisSchema.safeParse(body);
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('createAnalysisSchema', () => {
  it('takes a request with everything in it', () => {
    const body = {
      videoUrl,
      name: 'Gate 3',
      tag: 'north',
      everyNFrames: 5,
      imageSize: 480,
      model: 'ppe-yolov8n',
      rules: { required: ['helmet', 'vest'], minConfidence: 0.3, minViolationMs: 500, mergeGapMs: 0, zones: [zone] },
      priority: 'high',
      recordedAt: '2026-03-01T06:00:00+01:00',
      callbackUrl: 'https://hooks.example.com/x',
    };
    expect(createAnalysisSchema.parse(body)).toEqual(body);
  });

  it.each([
    ['neither URL nor upload', {}, 'videoUrl: give exactly one'],
    ['both', { videoUrl, uploadId: 'up_0192f3c1a8b4' }, 'uploadId: give exactly one'],
    ['unknown field', { videoUrl, everyNthFrame: 3 }, 'Unrecognized key'],
    ['unknown field inside', { videoUrl, rules: { required: [], minimum: 1 } }, 'Unrecognized key'],
    ['N of zero', { videoUrl, everyNFrames: 0 }, 'everyNFrames: must be 1 or more'],
    ['negative N', { videoUrl, everyNFrames: -5 }, 'everyNFrames: must be 1 or more'],
    ['fractional N', { videoUrl, everyNFrames: 2.5 }, 'everyNFrames: '],
    ['N as text', { videoUrl, everyNFrames: '5' }, 'everyNFrames: '],
    ['two samplings', { videoUrl, everyNFrames: 5, sampleFps: 5 }, 'sampleFps: cannot be combined'],
    ['sampleFps of zero', { videoUrl, sampleFps: 0 }, 'sampleFps: '],
    ['not a URL', { videoUrl: 'gate.mp4' }, 'videoUrl: must be an absolute'],
    ['another scheme', { videoUrl: 'file:///etc/passwd' }, 'videoUrl: must be an absolute'],
    ['callback of another scheme', { videoUrl, callbackUrl: 'gopher://x' }, 'callbackUrl: must be an absolute'],
    ['time without offset', { videoUrl, recordedAt: '2026-03-01T06:00:00' }, 'recordedAt: must be ISO 8601'],
    ['a day that does not exist', { videoUrl, recordedAt: '2026-02-30T06:00:00Z' }, 'recordedAt: must be ISO 8601'],
    ['confidence above 1', { videoUrl, rules: { minConfidence: 1.5 } }, 'rules.minConfidence: '],
    ['an item twice', { videoUrl, rules: { required: ['vest', 'vest'] } }, 'rules.required: names an item twice'],
    ['empty name', { videoUrl, name: '   ' }, 'name: '],
    ['two zones of one name', { videoUrl, rules: { zones: [zone, zone] } }, 'rules.zones: has two zones'],
    ['not an object', [], ': Invalid input'],
  ])('refuses %s', (_case, body, message) => {
    expect(problemsOf(body).join('\n')).toContain(message);
  });
});

describe('zoneSchema', () => {
  it.each([
    ['two points', square.slice(0, 2), 'at least 3 points'],
    ['a point outside the picture', [...square.slice(0, 3), [0.1, 1.2]], 'expected number to be <=1'],
    ['a bow tie', [[0, 0], [1, 1], [1, 0], [0, 1]], 'crosses or touches itself'], // prettier-ignore
    ['a corner on another edge', [[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]], 'crosses or touches itself'], // prettier-ignore
    ['a spike', [[0, 0], [1, 0], [0.5, 0], [0.5, 1]], 'crosses or touches itself'], // prettier-ignore
    ['points on one line', [[0, 0], [0.5, 0.5], [1, 1]], 'crosses or touches itself'], // prettier-ignore
    ['a speck', [[0.5, 0.5], [0.5001, 0.5], [0.5, 0.5001]], 'too small'], // prettier-ignore
    ['a doubled point', [[0, 0], [0, 0], [1, 0], [1, 1]], 'same point twice'], // prettier-ignore
  ])('refuses %s', (_case, polygon, message) => {
    const parsed = zoneSchema.safeParse({ ...zone, polygon });
    expect(parsed.success ? '' : parsed.error.message).toContain(message);
  });

  it.each([
    ['a square', square],
    ['the same the other way round', square.toReversed()],
    ['a concave outline', [[0, 0], [1, 0], [1, 1], [0.5, 0.2], [0, 1]]], // prettier-ignore
    ['a point in the middle of an edge', [[0, 0], [0.5, 0], [1, 0], [1, 1]]], // prettier-ignore
    ['a triangle', [[0, 0], [1, 0], [0.5, 1]]], // prettier-ignore
  ])('takes %s', (_case, polygon) => {
    expect(zoneSchema.safeParse({ ...zone, polygon }).success).toBe(true);
  });
});

describe('listAnalysesQuerySchema', () => {
  it('splits states and has a page size', () => {
    expect(listAnalysesQuerySchema.parse({ status: 'queued,analyzing' })).toEqual({
      status: ['queued', 'analyzing'],
      limit: 50,
    });
  });
  it.each([{ status: 'sleeping' }, { limit: '0' }, { limit: '10000' }, { page: '2' }])('refuses %o', (query) => {
    expect(listAnalysesQuerySchema.safeParse(query).success).toBe(false);
  });
});
