import { describe, expect, test } from 'vitest';
import { VideoMeter } from '../../../src/ingest/video-meter.js';
import { fakeVideo, sha256 } from '../../support/video-server.js';

describe('VideoMeter', () => {
  test('gives hash, size and container, however the bytes are cut', () => {
    const bytes = fakeVideo(10_000);
    for (const step of [1, 7, 4_096, 10_000]) {
      const meter = new VideoMeter({ maxBytes: 10_000 });
      for (let offset = 0; offset < bytes.length; offset += step) meter.add(bytes.subarray(offset, offset + step));
      expect(meter.finish()).toEqual({ sha256: sha256(bytes), sizeBytes: 10_000, container: 'mp4' });
    }
  });

  test('keeps its own copy of the head: the caller may reuse its buffer', () => {
    const meter = new VideoMeter({ maxBytes: 10_000 });
    const chunk = fakeVideo(64);
    meter.add(chunk);
    chunk.fill(0);
    expect(meter.finish().container).toBe('mp4');
  });

  test('refuses a page after its first bytes, a short one at its end', () => {
    const page = Buffer.from(`<html>${' '.repeat(5_000)}`);
    expect(() => new VideoMeter({ maxBytes: 10_000, contentType: 'video/mp4' }).add(page)).toThrow(/HTML page/);
    const meter = new VideoMeter({ maxBytes: 10_000 });
    meter.add(Buffer.from('<html>'));
    expect(() => meter.finish()).toThrow(/HTML page/);
  });

  test('refuses the byte beyond the limit and an empty file', () => {
    const meter = new VideoMeter({ maxBytes: 100 });
    meter.add(fakeVideo(100));
    expect(() => meter.add(Buffer.alloc(1))).toThrow(expect.objectContaining({ code: 'source_too_large' }));
    expect(() => new VideoMeter({ maxBytes: 100 }).finish()).toThrow(expect.objectContaining({ code: 'source_empty' }));
  });
});
