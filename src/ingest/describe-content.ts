/* eslint-disable no-control-regex -- magic numbers are made of control characters */
import { HivisError } from '../shared/errors.js';
import { IMAGE_BRANDS, SUPPORTED_CONTAINERS, ascii, sniffContainer, startsWith, type Container } from './sniff.js';

const PREVIEW_CHARACTERS = 60;

type Guess = { readonly name: string; readonly matches: (head: Uint8Array, text: string) => boolean };

const magic =
  (...bytes: readonly number[]) =>
  (head: Uint8Array): boolean =>
    startsWith(head, ...bytes);

const begins =
  (pattern: RegExp) =>
  (_head: Uint8Array, text: string): boolean =>
    pattern.test(text);

/** Video that hivis does not read but ffmpeg can convert. */
const OTHER_VIDEO: readonly Guess[] = [
  { name: 'an MPEG program stream (.mpg, .vob)', matches: magic(0x00, 0x00, 0x01, 0xba) },
  { name: 'a bare MPEG video stream', matches: magic(0x00, 0x00, 0x01, 0xb3) },
  {
    name: 'a bare H.264 or HEVC stream',
    matches: (head) => /^\0?\0\0\x01[\x09\x27\x67\x40\x46\x42]/.test(ascii(head, 0, 5)),
  },
  { name: 'an FLV video', matches: begins(/^FLV\x01/) },
  { name: 'a Windows Media file (.wmv, .asf)', matches: magic(0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11) },
  { name: 'an Ogg file', matches: begins(/^OggS/) },
  { name: 'a Dahua recording (.dav)', matches: begins(/^DHAV/) },
  { name: 'a Hikvision recording', matches: begins(/^(IMKH|HKVS)/) },
  { name: 'an MXF file', matches: magic(0x06, 0x0e, 0x2b, 0x34) },
];

const NOT_VIDEO: readonly Guess[] = [
  { name: 'an HLS playlist (.m3u8)', matches: begins(/^\s*#EXTM3U/) },
  { name: 'an ffmpeg file list', matches: begins(/^\s*ffconcat/) },
  { name: 'a DASH manifest', matches: begins(/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<MPD\b/s) },
  {
    name: 'an HTML page',
    matches: begins(/^\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|title|script|meta)\b/is),
  },
  { name: 'an SVG picture', matches: begins(/^\s*(<\?xml[^>]*>\s*)?(<!doctype[^>]*>\s*)?<svg\b/is) },
  { name: 'an XML document', matches: begins(/^\s*<\?xml\b/i) },
  { name: 'JSON', matches: begins(/^\s*(\{\s*("|\})|\[\s*([[{"\]\d-]|true|false|null))/) },
  { name: 'a PNG picture', matches: magic(0x89, 0x50, 0x4e, 0x47) },
  { name: 'a JPEG picture', matches: magic(0xff, 0xd8, 0xff) },
  { name: 'a GIF picture', matches: begins(/^GIF8[79]a/) },
  { name: 'a BMP picture', matches: (head) => ascii(head, 0, 2) === 'BM' && ascii(head, 6, 10) === '\0\0\0\0' },
  { name: 'a TIFF picture', matches: begins(/^(II\*\0|MM\0\*)/) },
  { name: 'a WebP picture', matches: begins(/^RIFF.{4}WEBP/s) },
  {
    name: 'a HEIC or AVIF picture',
    matches: (head) => ascii(head, 4, 8) === 'ftyp' && IMAGE_BRANDS.has(ascii(head, 8, 12)),
  },
  { name: 'a WAV sound file', matches: begins(/^RIFF.{4}WAVE/s) },
  { name: 'an MP3 sound file', matches: (head, text) => text.startsWith('ID3') || isMp3Frame(head) },
  { name: 'a FLAC sound file', matches: begins(/^fLaC/) },
  { name: 'a PDF document', matches: begins(/^%PDF-/) },
  { name: 'a ZIP archive', matches: begins(/^PK(\x03\x04|\x05\x06)/) },
  { name: 'a gzip archive', matches: magic(0x1f, 0x8b) },
  { name: 'an xz archive', matches: magic(0xfd, 0x37, 0x7a, 0x58, 0x5a) },
  { name: 'a Zstandard archive', matches: magic(0x28, 0xb5, 0x2f, 0xfd) },
  { name: 'a 7z archive', matches: magic(0x37, 0x7a, 0xbc, 0xaf) },
  { name: 'a RAR archive', matches: begins(/^Rar!/) },
  { name: 'a tar archive', matches: (head) => ascii(head, 257, 262) === 'ustar' },
  { name: 'a program (ELF)', matches: magic(0x7f, 0x45, 0x4c, 0x46) },
  { name: 'a Windows program', matches: (head) => ascii(head, 0, 2) === 'MZ' && head.length > 64 },
  { name: 'a Git LFS pointer', matches: begins(/^version https:\/\/git-lfs/) },
  { name: 'empty space (only zero bytes)', matches: (head) => head.every((byte) => byte === 0) },
];

/**
 * The container of a file, or a refusal that says what the file is instead. `head` is its first SNIFF_BYTES, or all of
 * it; `contentType` is what the sender called it. Throws `source_empty` and `source_not_a_video`.
 */
export function requireContainer(head: Uint8Array, contentType?: string | null): Container {
  if (head.length === 0)
    throw new HivisError('source_empty', 'The file is empty. Check that it was written completely.');
  const container = sniffContainer(head);
  if (container !== null) return container;
  const text = Buffer.from(head).toString('latin1');
  const otherVideo = OTHER_VIDEO.find((guess) => guess.matches(head, text));
  if (otherVideo !== undefined) {
    throw new HivisError(
      'source_not_a_video',
      `The file is ${otherVideo.name}. hivis reads ${SUPPORTED_CONTAINERS}. Convert it, for example: ffmpeg -i input -c copy output.mp4`,
      { details: { found: otherVideo.name } },
    );
  }
  const found = NOT_VIDEO.find((guess) => guess.matches(head, text))?.name ?? 'of an unknown kind';
  const type = contentType ? ` (content type ${quoteSafely(contentType)})` : '';
  throw new HivisError(
    'source_not_a_video',
    `This is not a video: the file is ${found}${type} and begins with ${quoteSafely(head)}. Give the address of the video file itself; hivis reads ${SUPPORTED_CONTAINERS}.`,
    { details: { found, contentType: contentType ?? null } },
  );
}

/** The first characters of foreign bytes in quotation marks: one line, no control, format or unassigned characters. */
export function quoteSafely(content: Uint8Array | string, maxCharacters = PREVIEW_CHARACTERS): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content.subarray(0, maxCharacters * 4);
  const text = new TextDecoder()
    .decode(bytes)
    .replace(/\s+/g, ' ')
    .replace(/\p{C}|\p{Z}(?<! )|\uFFFD/gu, '·')
    .trim();
  const characters = Array.from(text);
  const shown = characters.slice(0, maxCharacters).join('');
  return `"${shown.replaceAll('"', "'")}${characters.length > maxCharacters ? '…' : ''}"`;
}

/** Eleven sync bits, then neither a reserved version nor a reserved layer nor a reserved bit rate. */
function isMp3Frame(head: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = head;
  return first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) === 0x02 && (third & 0xf0) !== 0xf0;
}
