import { describe, expect, test } from 'vitest';
import type { OpenedSource } from '../../../src/ingest/open-source.js';
import { continuesAt, findResumePoint, resumeHeaders } from '../../../src/ingest/resume.js';

function opened(statusCode: number, headers: Readonly<Record<string, string>>): OpenedSource {
  return {
    url: new URL('http://example.com/'),
    statusCode,
    header: (name) => headers[name] ?? null,
  } as OpenedSource;
}

describe('resuming', () => {
  test('needs ranges, a length and a strong validator', () => {
    const headers = { 'accept-ranges': 'bytes', etag: '"a"', 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' };
    expect(findResumePoint(opened(200, headers), 100)).toEqual({ validator: '"a"', totalBytes: 100 });
    expect(findResumePoint(opened(200, headers), null)).toBeNull();
    expect(findResumePoint(opened(200, { ...headers, 'accept-ranges': 'none' }), 100)).toBeNull();
    expect(findResumePoint(opened(200, { 'accept-ranges': 'bytes' }), 100)).toBeNull();
    expect(findResumePoint(opened(200, { 'accept-ranges': 'bytes', etag: 'W/"a"' }), 100)).toBeNull();
    expect(findResumePoint(opened(200, { ...headers, etag: 'W/"a"' }), 100)?.validator).toBe(headers['last-modified']);
  });

  test('asks for the rest of the same file', () => {
    expect(resumeHeaders({ validator: '"a"', totalBytes: 100 }, 40)).toEqual({ range: 'bytes=40-', 'if-range': '"a"' });
  });

  test('joins only what fits exactly', () => {
    const point = { validator: '"a"', totalBytes: 100 };
    const rest = { 'content-range': 'bytes 40-99/100', etag: '"a"' };
    expect(continuesAt(opened(206, rest), point, 40)).toBe(true);
    expect(continuesAt(opened(206, { 'content-range': 'bytes 40-99/100' }), point, 40)).toBe(true);
    expect(continuesAt(opened(200, rest), point, 40)).toBe(false);
    expect(continuesAt(opened(206, rest), point, 41)).toBe(false);
    expect(continuesAt(opened(206, { ...rest, etag: '"b"' }), point, 40)).toBe(false);
    expect(continuesAt(opened(206, { ...rest, 'content-range': 'bytes 40-99/101' }), point, 40)).toBe(false);
    expect(continuesAt(opened(206, { ...rest, 'content-range': 'bytes 40-98/100' }), point, 40)).toBe(false);
    expect(continuesAt(opened(206, { ...rest, 'content-range': 'bytes */100' }), point, 40)).toBe(false);
  });
});
