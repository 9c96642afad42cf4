import { open, type FileHandle } from 'node:fs/promises';
import type { Container } from '../ingest/sniff.js';

/**
 * How many bytes a file lacks by its own account, 0 when it is whole or does not say. Decoders end a cut-off MPEG-TS or
 * fragmented MP4 without an error; what the container declares about its size gives it away. Nothing is decoded: only the
 * headers of top-level structures are read.
 */
export async function countMissingBytes(file: string, container: Container, sizeBytes: number): Promise<number> {
  const handle = await open(file, 'r');
  try {
    const source: Source = { handle, sizeBytes };
    const endByte = await DECLARED_END[container](source);
    return Math.max(0, endByte - sizeBytes);
  } finally {
    await handle.close();
  }
}

type Source = { readonly handle: FileHandle; readonly sizeBytes: number };

/** Where the file should end; its size when nothing is declared. */
const DECLARED_END: Readonly<Record<Container, (source: Source) => Promise<number>>> = {
  mp4: endOfBoxes,
  matroska: endOfSegment,
  avi: endOfRiff,
  mpegts: endOfPackets,
};

async function read(source: Source, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await source.handle.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead);
}

/** ISO base media: boxes of a 32-bit size and a type; size 1: a 64-bit size follows, size 0: up to the end. */
async function endOfBoxes(source: Source): Promise<number> {
  let position = 0;
  while (position < source.sizeBytes) {
    const head = await read(source, position, 16);
    const type = head.toString('latin1', 4, 8);
    // Zeros or junk behind the last box, as some recorders leave them.
    if (head.length >= 8 && !/^[\x20-\x7e]{4}$/.test(type)) return source.sizeBytes;
    if (head.length < 8) return position + 8;
    const size32 = head.readUInt32BE(0);
    if (size32 === 0) return source.sizeBytes;
    if (size32 === 1 && head.length < 16) return position + 16;
    const size = size32 === 1 ? Number(head.readBigUInt64BE(8)) : size32;
    if (size < 8) return source.sizeBytes;
    position += size;
  }
  return position;
}

/** RIFF chunks in a row (OpenDML has several); a size of 0 was never filled in. */
async function endOfRiff(source: Source): Promise<number> {
  let position = 0;
  while (position + 12 <= source.sizeBytes) {
    const head = await read(source, position, 8);
    const size = head.readUInt32LE(4);
    if (head.toString('latin1', 0, 4) !== 'RIFF' || size === 0) return source.sizeBytes;
    position += 8 + size + (size % 2);
  }
  // A last padding byte is often left out.
  return position - source.sizeBytes === 1 ? source.sizeBytes : position;
}

const EBML_HEADER = 0x1a45dfa3;
const SEGMENT = 0x18538067;

/** Matroska: the EBML header, then one segment with a size; all ones means that the size was not known (live). */
async function endOfSegment(source: Source): Promise<number> {
  let position = 0;
  while (position + 12 <= source.sizeBytes) {
    const head = await read(source, position, 12);
    const id = head.readUInt32BE(0);
    const size = readVarInt(head, 4);
    if (size === undefined || (id !== EBML_HEADER && id !== SEGMENT)) return source.sizeBytes;
    position += 4 + size.length + size.value;
    if (id === SEGMENT) return position;
  }
  return source.sizeBytes;
}

/** EBML variable-size integer: the leading zeros of the first byte count the bytes that follow. */
function readVarInt(bytes: Buffer, offset: number): { readonly value: number; readonly length: number } | undefined {
  const first = bytes[offset] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || offset + length > bytes.length) return undefined;
  let value = BigInt(first & ((1 << (8 - length)) - 1));
  for (const byte of bytes.subarray(offset + 1, offset + length)) value = (value << 8n) | BigInt(byte);
  const isUnknown = value === (1n << BigInt(7 * length)) - 1n;
  return isUnknown ? undefined : { value: Number(value), length };
}

/** Packet sizes of transport streams: plain, with a time code and with error correction. */
const PACKET_SIZES = [188, 192, 204] as const;
const SYNC = 0x47;

/** MPEG-TS: packets of one size; the last one must be whole. */
async function endOfPackets(source: Source): Promise<number> {
  const head = await read(source, 0, 204 * 6);
  for (const packetBytes of PACKET_SIZES) {
    const offset = [...head.subarray(0, packetBytes).keys()].find((start) =>
      [0, 1, 2, 3, 4].every((packet) => head[start + packet * packetBytes] === SYNC),
    );
    if (offset === undefined) continue;
    // With a time code, four bytes stand before the sync byte.
    const start = packetBytes === 192 ? Math.max(0, offset - 4) : offset;
    const rest = (source.sizeBytes - start) % packetBytes;
    return rest === 0 ? source.sizeBytes : source.sizeBytes + packetBytes - rest;
  }
  return source.sizeBytes;
}
