/** Containers that hivis reads. The downloader, uploads and the media probe agree on this list. */
export type Container = 'mp4' | 'matroska' | 'mpegts' | 'avi';

export const SUPPORTED_CONTAINERS = 'MP4/MOV, MKV/WebM, MPEG-TS and AVI';

/** How much of a file's head `sniffContainer` wants to see: five transport-stream packets of 204 bytes fit. */
export const SNIFF_BYTES = 4_096;

/** Top-level boxes that an ISO or QuickTime file may begin with; cameras write `wide`, `mdat` or `skip` before `moov`. */
const ISO_FIRST_BOXES: ReadonlySet<string> = new Set([
  'ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot', 'styp', 'moof', 'sidx', 'uuid',
]); // prettier-ignore

/** Packet sizes of transport streams: plain, with a time code (Blu-ray, AVCHD) and with error correction. */
const TS_PACKET_SIZES = [188, 192, 204] as const;
const TS_SYNC = 0x47;

const EXTENSIONS: Readonly<Record<Container, string>> = { mp4: '.mp4', matroska: '.mkv', mpegts: '.ts', avi: '.avi' };

/**
 * The container of a file by its first bytes; null when it is none that hivis reads. Never trusts a name or a content
 * type. `head` should hold SNIFF_BYTES or the whole file.
 */
export function sniffContainer(head: Uint8Array): Container | null {
  if (isIsoMedia(head)) return 'mp4';
  if (startsWith(head, 0x1a, 0x45, 0xdf, 0xa3)) return 'matroska';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'AVI ') return 'avi';
  if (isTransportStream(head)) return 'mpegts';
  return null;
}

/** The file extension to store a container under, with its dot. */
export function containerExtension(container: Container): string {
  return EXTENSIONS[container];
}

/** A first box of a known kind with a size that a box can have (0: to the end, 1: a 64-bit size follows, or ≥ 8). */
function isIsoMedia(head: Uint8Array): boolean {
  if (head.length < 8 || !ISO_FIRST_BOXES.has(ascii(head, 4, 8))) return false;
  const size = new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
  if (ascii(head, 4, 8) === 'ftyp') return size >= 8 && !IMAGE_BRANDS.has(ascii(head, 8, 12));
  return size === 0 || size === 1 || size >= 8;
}

/** HEIC and AVIF stills use the same box format. Image sequences (`hevc`, `avis`) are left to the probe. */
export const IMAGE_BRANDS: ReadonlySet<string> = new Set(['heic', 'heix', 'mif1', 'avif']);

/** Sync bytes at one packet distance, from any offset within the first packet: recordings are often cut anywhere. */
function isTransportStream(head: Uint8Array): boolean {
  return TS_PACKET_SIZES.some((packetBytes) => {
    for (let offset = 0; offset < packetBytes; offset += 1) {
      if (hasSyncBytes(head, offset, packetBytes)) return true;
    }
    return false;
  });
}

/** Text can have a `G` anywhere, so at least three sync bytes in a row are asked for, and all that fit up to five. */
function hasSyncBytes(head: Uint8Array, offset: number, packetBytes: number): boolean {
  const available = Math.floor((head.length - offset - 1) / packetBytes) + 1;
  if (available < 3) return false;
  const wanted = Math.min(5, available);
  for (let packet = 0; packet < wanted; packet += 1) {
    if (head[offset + packet * packetBytes] !== TS_SYNC) return false;
  }
  return true;
}

export function startsWith(head: Uint8Array, ...bytes: readonly number[]): boolean {
  return head.length >= bytes.length && bytes.every((byte, index) => head[index] === byte);
}

export function ascii(head: Uint8Array, from: number, to: number): string {
  return Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1', from, Math.min(to, head.length));
}
