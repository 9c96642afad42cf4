import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../../src/ingest/sniff.js';
import { countMissingBytes } from '../../../src/media/missing-bytes.js';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'hivis-bytes-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function missing(container: Container, ...parts: readonly (Buffer | string)[]): Promise<number> {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  const file = path.join(dir, 'file');
  await writeFile(file, bytes);
  return countMissingBytes(file, container, bytes.length);
}

/** A box that declares `size` bytes and holds `held`. */
function box(type: string, size: number, held = size): Buffer {
  const bytes = Buffer.alloc(held);
  bytes.writeUInt32BE(size, 0);
  bytes.write(type, 4, 'latin1');
  return bytes;
}

function largeBox(type: string, size: bigint, held: number): Buffer {
  const bytes = box(type, 1, held);
  bytes.writeBigUInt64BE(size, 8);
  return bytes;
}

describe('countMissingBytes', () => {
  it('adds up MP4 boxes', async () => {
    expect(await missing('mp4', box('ftyp', 24), box('moov', 100), box('mdat', 50))).toBe(0);
    expect(await missing('mp4', box('ftyp', 24), box('mdat', 1000, 400))).toBe(600);
    expect(await missing('mp4', box('ftyp', 24), largeBox('mdat', 5_000_000_000n, 100))).toBe(4_999_999_900);
    expect(await missing('mp4', box('ftyp', 24), box('mdat', 0, 70))).toBe(0);
    expect(await missing('mp4', box('ftyp', 24), Buffer.from([0, 0, 1]))).toBe(5);
  });

  it('takes junk behind the last MP4 box for junk', async () => {
    expect(await missing('mp4', box('ftyp', 24), Buffer.alloc(1000))).toBe(0);
    expect(await missing('mp4', box('ftyp', 24), box('free', 3, 20))).toBe(0);
  });

  it('reads the size of a Matroska segment', async () => {
    const header = Buffer.from('1a45dfa3' + '83' + '000000', 'hex');
    const segment = (size: string): Buffer => Buffer.from('18538067' + size, 'hex');
    expect(await missing('matroska', header, segment('01000000000000ff'), Buffer.alloc(255))).toBe(0);
    expect(await missing('matroska', header, segment('01000000000000ff'), Buffer.alloc(55))).toBe(200);
    expect(await missing('matroska', header, segment('40ff'), Buffer.alloc(55))).toBe(200);
    expect(await missing('matroska', header, segment('01ffffffffffffff'), Buffer.alloc(55))).toBe(0);
  });

  it('adds up RIFF chunks, of which large AVI files have several', async () => {
    const chunk = (size: number, held: number): Buffer => {
      const bytes = Buffer.alloc(8 + held);
      bytes.write('RIFF', 'latin1');
      bytes.writeUInt32LE(size, 4);
      return bytes;
    };
    expect(await missing('avi', chunk(100, 100))).toBe(0);
    expect(await missing('avi', chunk(100, 60))).toBe(40);
    expect(await missing('avi', chunk(100, 100), chunk(200, 50))).toBe(150);
    expect(await missing('avi', chunk(0, 60))).toBe(0);
    expect(await missing('avi', chunk(61, 61))).toBe(0);
  });

  it.each([188, 192, 204])('wants whole MPEG-TS packets of %i bytes', async (packetBytes) => {
    const packet = Buffer.alloc(packetBytes);
    packet[packetBytes === 192 ? 4 : 0] = 0x47;
    const packets = Buffer.concat(Array.from({ length: 10 }, () => packet));
    expect(await missing('mpegts', packets)).toBe(0);
    expect(await missing('mpegts', packets.subarray(0, packetBytes * 9 + 30))).toBe(packetBytes - 30);
    if (packetBytes !== 192) expect(await missing('mpegts', Buffer.from('junk'), packets)).toBe(0);
  });

  it('says nothing where nothing is declared', async () => {
    for (const container of ['matroska', 'avi', 'mpegts'] as const)
      expect(await missing(container, Buffer.alloc(3000))).toBe(0);
  });
});
