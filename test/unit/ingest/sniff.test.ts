import { describe, expect, test } from 'vitest';
import { containerExtension, sniffContainer } from '../../../src/ingest/sniff.js';

const text = (value: string, length = 4_096): Buffer =>
  Buffer.concat([Buffer.from(value, 'latin1'), Buffer.alloc(length)]);

function transportStream(packetBytes: number, offset: number, packets = 8): Buffer {
  const bytes = Buffer.alloc(offset + packetBytes * packets, 0xff);
  for (let packet = 0; packet < packets; packet += 1) bytes[offset + packet * packetBytes] = 0x47;
  return bytes;
}

describe('sniffContainer', () => {
  test.each(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'moof', 'styp', 'sidx'])(
    'knows an ISO or QuickTime file that begins with %s',
    (box) => expect(sniffContainer(text(`\0\0\0\x20${box}isom`))).toBe('mp4'),
  );

  test('knows boxes with a 64-bit size or to the end of the file, but none of an impossible size', () => {
    expect(sniffContainer(text('\0\0\0\x01mdat'))).toBe('mp4');
    expect(sniffContainer(text('\0\0\0\0mdat'))).toBe('mp4');
    expect(sniffContainer(text('\0\0\0\x04moov'))).toBeNull();
    expect(sniffContainer(text('\0\0\0\x01ftyp'))).toBeNull();
  });

  test('knows Matroska, WebM and AVI', () => {
    expect(sniffContainer(text('\x1a\x45\xdf\xa3'))).toBe('matroska');
    expect(sniffContainer(text('RIFF\x10\0\0\0AVI LIST'))).toBe('avi');
  });

  test.each([
    [188, 0],
    [188, 100],
    [192, 4],
    [192, 0],
    [204, 0],
    [204, 203],
  ])('knows a transport stream with packets of %d bytes from offset %d', (packetBytes, offset) => {
    expect(sniffContainer(transportStream(packetBytes, offset).subarray(0, 4_096))).toBe('mpegts');
  });

  test('does not take text with a few G for a transport stream', () => {
    const prose = Buffer.from('Good Grief, Great Galloping Giraffes. '.repeat(100));
    expect(sniffContainer(prose)).toBeNull();
    expect(sniffContainer(Buffer.from('G'))).toBeNull();
    expect(sniffContainer(transportStream(188, 0, 2))).toBeNull();
    const broken = transportStream(188, 0);
    broken[3 * 188] = 0;
    expect(sniffContainer(broken)).toBeNull();
  });

  test.each([
    '',
    'RIFF',
    'RIFF\0\0\0\0WAVEfmt ',
    '<!doctype html>',
    '#EXTM3U\n',
    '\0\0\0\x1cftypheic',
    '\0\0\0\x1cftypavif',
  ])('says null for %j', (head) => expect(sniffContainer(Buffer.from(head, 'latin1'))).toBeNull());

  test('reads a view into a larger buffer', () => {
    const whole = Buffer.concat([Buffer.from('padding'), text('\0\0\0\x18ftypmp42')]);
    expect(sniffContainer(whole.subarray(7))).toBe('mp4');
  });
});

test('every container has an extension', () => {
  const containers = ['mp4', 'matroska', 'mpegts', 'avi'] as const;
  expect(containers.map(containerExtension)).toEqual(['.mp4', '.mkv', '.ts', '.avi']);
});
