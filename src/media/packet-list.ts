/** Packets of one stream in the order of the file, as growing typed arrays: a 6 h video has more than half a million. */
export type PacketList = {
  readonly count: number;
  /** Ticks of the stream's clock; NaN where the container gives none. */
  readonly pts: Float64Array;
  readonly dts: Float64Array;
  /** Bits of `KEY` and `DISCARDED`. */
  readonly flags: Uint8Array;
};

/** Decoding can start here. */
export const KEY = 1;
/** Cut away by an edit list: decoded for reference only, never shown. */
export const DISCARDED = 2;

export type PacketReader = { push(chunk: Uint8Array): void; finish(): PacketList };

const NEWLINE = 0x0a;

/** Reads `ffprobe -show_entries packet=pts,dts,flags -of csv=p=0` piece by piece. */
export function createPacketReader(): PacketReader {
  let capacity = 4096;
  let count = 0;
  let pts = new Float64Array(capacity);
  let dts = new Float64Array(capacity);
  let flags = new Uint8Array(capacity);
  let rest = '';

  function grow(): void {
    capacity *= 2;
    pts = copyInto(new Float64Array(capacity), pts);
    dts = copyInto(new Float64Array(capacity), dts);
    flags = copyInto(new Uint8Array(capacity), flags);
  }

  function readLine(line: string): void {
    // Side data makes empty lines and a trailing comma.
    const [ptsText, dtsText, flagsText] = line.split(',', 3);
    if (flagsText === undefined || flagsText === '') return;
    if (count === capacity) grow();
    pts[count] = Number(ptsText);
    dts[count] = Number(dtsText);
    flags[count] = (flagsText.startsWith('K') ? KEY : 0) | (flagsText.includes('D') ? DISCARDED : 0);
    count += 1;
  }

  return {
    push(chunk) {
      const lastNewline = chunk.lastIndexOf(NEWLINE);
      const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
      if (lastNewline === -1) {
        rest = text;
        return;
      }
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) readLine(line);
    },
    finish() {
      readLine(rest);
      rest = '';
      return {
        count,
        pts: pts.subarray(0, count),
        dts: dts.subarray(0, count),
        flags: flags.subarray(0, count),
      };
    },
  };
}

function copyInto<T extends Float64Array | Uint8Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
