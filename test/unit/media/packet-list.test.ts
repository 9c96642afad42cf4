import { describe, expect, it } from 'vitest';
import { createPacketReader, DISCARDED, KEY } from '../../../src/media/packet-list.js';

function read(text: string, pieceBytes = text.length) {
  const reader = createPacketReader();
  for (let at = 0; at < text.length; at += pieceBytes) reader.push(Buffer.from(text.slice(at, at + pieceBytes)));
  return reader.finish();
}

describe('createPacketReader', () => {
  const text = '0,-512,K_\n1024,0,__\n512,512,___\nN/A,1024,KD\n';

  it('reads times and flags', () => {
    const packets = read(text);
    expect(packets.count).toBe(4);
    expect([...packets.pts]).toEqual([0, 1024, 512, Number.NaN]);
    expect([...packets.dts]).toEqual([-512, 0, 512, 1024]);
    expect([...packets.flags]).toEqual([KEY, 0, 0, KEY | DISCARDED]);
  });

  it.each([1, 2, 3, 7])('reads the same in pieces of %i bytes', (pieceBytes) => {
    expect(read(text, pieceBytes)).toEqual(read(text));
  });

  it('reads a last line without its end', () => {
    expect(read('0,0,K_\n40,40,__').count).toBe(2);
  });

  it('passes over what side data adds', () => {
    expect(read('0,0,K_,\n\n3600,3600,__,\n\n').count).toBe(2);
    expect(read('').count).toBe(0);
  });

  it('grows for long videos', () => {
    const lines = Array.from({ length: 10_000 }, (_, i) => `${i},${i},${i % 10 === 0 ? 'K' : '_'}_`).join('\n');
    const packets = read(lines, 1000);
    expect(packets.count).toBe(10_000);
    expect(packets.pts[9_999]).toBe(9_999);
    expect(packets.flags.filter((flags) => flags === KEY)).toHaveLength(1_000);
  });
});
