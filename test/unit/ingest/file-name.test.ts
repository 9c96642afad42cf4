import { describe, expect, test } from 'vitest';
import { chooseFileName, sanitizeFileName } from '../../../src/ingest/file-name.js';

const ASKED = new URL('https://example.com/videos/yard%20cam.mp4?token=1');
const FINAL = new URL('https://cdn.example.com/blob/0a1b2c');

describe('chooseFileName', () => {
  test.each([
    ['attachment; filename="gate 3.mp4"', 'gate 3.mp4'],
    ['attachment; filename=gate.mp4', 'gate.mp4'],
    [`attachment; filename="fallback.mp4"; filename*=UTF-8''Bauhof%20S%C3%BCd.mp4`, 'Bauhof Süd.mp4'],
    [`inline; filename*=iso-8859-1'de'S%FCd.mp4`, 'Süd.mp4'],
    [String.raw`attachment; filename="a \"b\".mp4"`, 'a b.mp4'],
    [Buffer.from('attachment; filename="Süd.mp4"').toString('latin1'), 'Süd.mp4'],
    ['attachment; filename="現場.mp4"', '現場.mp4'],
    ['attachment; filename="../../etc/passwd"', 'passwd'],
    ['attachment; filename="..\\\\..\\\\boot.ini"', 'boot.ini'],
    ['attachment', 'yard cam.mp4'],
    ['attachment; filename=""', 'yard cam.mp4'],
    [`attachment; filename*=UTF-8''%E0%A4%A`, '%E0%A4%A'],
    [null, 'yard cam.mp4'],
  ])('%s → %s', (disposition, name) => {
    expect(chooseFileName(disposition, ASKED, FINAL)).toBe(name);
  });

  test('takes the address that has an extension, then any, then a word', () => {
    const link = new URL('https://example.com/d/123');
    expect(chooseFileName(null, link, new URL('https://cdn.example.com/site.mov'))).toBe('site.mov');
    expect(chooseFileName(null, link, FINAL)).toBe('123');
    expect(chooseFileName(null, new URL('https://example.com/'), new URL('https://example.com/'))).toBe('video');
    expect(chooseFileName(null, new URL('https://example.com/%2F..%2F'), new URL('https://example.com/'))).toBe(
      'video',
    );
  });
});

describe('sanitizeFileName', () => {
  test.each([
    ['a/b\\c.mp4', 'c.mp4'],
    ['.htaccess', 'htaccess'],
    ['..', ''],
    ['a\u0000b\u001b\u202E.mp4', 'ab.mp4'],
    ['<img src=x onerror="1">.mp4', 'img src=x onerror=1.mp4'],
    ['  a  b  ', 'a b'],
    ['con:aux|?.mp4', 'conaux.mp4'],
    [null, ''],
  ])('%j → %j', (name, clean) => {
    expect(sanitizeFileName(name)).toBe(clean);
  });

  test('shortens between characters and keeps the extension', () => {
    const name = sanitizeFileName(`${'現'.repeat(200)}.mp4`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(180);
    expect(name).toMatch(/^現+\.mp4$/);
    expect(sanitizeFileName(`${'🦺'.repeat(100)}.mp4`)).toMatch(/^(🦺)+\.mp4$/u);
  });
});
