import { describe, expect, test } from 'vitest';
import { quoteSafely, requireContainer } from '../../../src/ingest/describe-content.js';
import { HivisError } from '../../../src/shared/errors.js';

function refusalOf(head: Buffer | string, contentType?: string): HivisError {
  try {
    requireContainer(typeof head === 'string' ? Buffer.from(head, 'latin1') : head, contentType);
  } catch (error) {
    if (error instanceof HivisError) return error;
  }
  throw new Error('was not refused');
}

describe('requireContainer', () => {
  test('passes a video whatever it is called', () => {
    expect(requireContainer(Buffer.from('\0\0\0\x18ftypmp42'), 'text/html')).toBe('mp4');
  });

  test('an empty file has its own code', () => {
    expect(refusalOf('').code).toBe('source_empty');
  });

  test.each([
    ['<!DOCTYPE html><title>Login</title>', 'an HTML page'],
    ['\n  <html lang="de">', 'an HTML page'],
    ['<!-- saved -->\n<html>', 'an HTML page'],
    ['{"error":"expired"}', 'JSON'],
    ['[{"a":1}]', 'JSON'],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'an XML document'],
    ['<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011">', 'a DASH manifest'],
    ['<svg xmlns="http://www.w3.org/2000/svg">', 'an SVG picture'],
    ['#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/passwd', 'an HLS playlist (.m3u8)'],
    ['ffconcat version 1.0\nfile /etc/passwd', 'an ffmpeg file list'],
    ['\x89PNG\r\n\x1a\n', 'a PNG picture'],
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'a JPEG picture'],
    ['GIF89a', 'a GIF picture'],
    ['BM\x36\0\0\0\0\0\0\0', 'a BMP picture'],
    ['II*\0', 'a TIFF picture'],
    ['RIFF\x10\0\0\0WEBPVP8 ', 'a WebP picture'],
    ['\0\0\0\x1cftypheic', 'a HEIC or AVIF picture'],
    ['RIFF\x10\0\0\0WAVEfmt ', 'a WAV sound file'],
    ['ID3\x04\0', 'an MP3 sound file'],
    ['\xff\xfb\x90\x64', 'an MP3 sound file'],
    ['fLaC\0', 'a FLAC sound file'],
    ['%PDF-1.7', 'a PDF document'],
    ['PK\x03\x04\x14', 'a ZIP archive'],
    ['\x1f\x8b\x08', 'a gzip archive'],
    ['7z\xbc\xaf\x27\x1c', 'a 7z archive'],
    ['Rar!\x1a\x07', 'a RAR archive'],
    ['\x7fELF\x02', 'a program (ELF)'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:', 'a Git LFS pointer'],
    ['\0\0\0\0\0\0\0\0', 'empty space (only zero bytes)'],
    ['just some words', 'of an unknown kind'],
  ])('calls %j what it is', (head, name) => {
    const refusal = refusalOf(head);
    expect(refusal.code).toBe('source_not_a_video');
    expect(refusal.message).toContain(`the file is ${name}`);
    expect(refusal.retryable).toBe(false);
  });

  test.each([
    ['\0\0\x01\xba', 'MPEG program stream'],
    ['FLV\x01', 'FLV'],
    ['\x30\x26\xb2\x75\x8e\x66\xcf\x11', 'Windows Media'],
    ['OggS\0', 'Ogg'],
    ['\0\0\0\x01\x67\x42', 'bare H.264'],
    ['DHAV', 'Dahua'],
  ])('tells how to convert other video: %j', (head, name) => {
    expect(refusalOf(head).message).toContain(name);
    expect(refusalOf(head).message).toContain('ffmpeg -i');
  });

  test('quotes content type and first characters', () => {
    const refusal = refusalOf('<html><script>alert(1)</script>', 'text/html; charset="utf-8"\r\nx: y');
    expect(refusal.message).toContain(`"text/html; charset='utf-8' x: y"`);
    expect(refusal.message).toContain('"<html><script>alert(1)</script>"');
  });
});

describe('quoteSafely', () => {
  test('is one short line of printable characters', () => {
    expect(quoteSafely('a\r\nb\tc')).toBe('"a b c"');
    expect(quoteSafely('\u001b[31mred\u001b[0m \u202Eevil \u200B')).toBe('"·[31mred·[0m ·evil ·"');
    expect(quoteSafely('say "x"')).toBe(`"say 'x'"`);
    expect(quoteSafely('ä'.repeat(100))).toBe(`"${'ä'.repeat(60)}…"`);
    expect(quoteSafely(Buffer.from([0x80, 0x41, 0xff]))).toBe('"·A·"');
    expect(quoteSafely('🦺'.repeat(70), 2)).toBe('"🦺🦺…"');
  });
});
