import path from 'node:path';

/** Demuxers that ffmpeg may use; everything else (playlists that open other files, images, devices) is refused. */
const FORMAT_WHITELIST = 'mov,mp4,matroska,webm,mpegts,avi';

/** Placed before every input: local files only, and only real video containers. */
export const INPUT_GUARD: readonly string[] = [
  '-protocol_whitelist',
  'file,pipe',
  '-format_whitelist',
  FORMAT_WHITELIST,
];

/** The `file:` prefix keeps a name with a colon or a leading dash from being read as a protocol or an option. */
export function inputUrl(file: string): string {
  return `file:${path.resolve(file)}`;
}
