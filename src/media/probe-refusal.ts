import { SUPPORTED_CONTAINERS, type Container } from '../ingest/sniff.js';
import { HivisError } from '../shared/errors.js';
import type { ToolExit } from './run-tool.js';

const AUDIO_DEMUXERS = /^(mp3|wav|flac|ogg|aac|ac3|eac3|aiff|amr|ape|au|caf|dts|opus|tta|w64|wv|asf_o|adts|latm)$/;
const PLAYLIST_DEMUXERS = /^(hls|concat|dash|imf|sdp|ffmetadata)$/;
const IMAGE_DEMUXERS = /^(image2|image2pipe|gif|apng|ico|webp|.*_pipe)$/;

/**
 * Why ffprobe refused a file, as an error for the person who sent it.
 * `container` is what the first bytes look like: a file that looks like a video and cannot be read is damaged.
 */
export function refusalOf(exit: ToolExit, container: Container | null): HivisError {
  const { stderrTail, exitCode, exitSignal } = exit;
  const details = { exitCode, exitSignal, stderr: stderrTail };
  if (exitSignal !== null)
    return new HivisError('ffmpeg_failed', `ffprobe was killed (${exitSignal}).`, { retryable: true, details });
  const refused = /\[([\w,]+) @ [^\]]*\] Format not on whitelist/.exec(stderrTail)?.[1];
  if (refused !== undefined) return formatRefusal(refused, details);
  if (container === null)
    return new HivisError(
      'source_not_a_video',
      `The file is not a video: its content is no container that hivis reads. Use ${SUPPORTED_CONTAINERS}.`,
      { details },
    );
  const reason = stderrTail.includes('moov atom not found')
    ? 'its index (moov) is missing, as in a recording or download that was cut off'
    : 'its structure is damaged or cut off';
  return new HivisError('source_unreadable', `The video cannot be read: ${reason}. Send the complete file.`, {
    details,
  });
}

function formatRefusal(demuxer: string, details: Readonly<Record<string, unknown>>): HivisError {
  if (AUDIO_DEMUXERS.test(demuxer))
    return new HivisError('no_video_stream', `The file is a sound file (${demuxer}): send a file with a picture.`, {
      details,
    });
  const what = PLAYLIST_DEMUXERS.test(demuxer)
    ? `a playlist or text that points at other files (${demuxer})`
    : IMAGE_DEMUXERS.test(demuxer)
      ? `an image (${demuxer})`
      : `of the format ${demuxer}`;
  return new HivisError('source_not_a_video', `The file is ${what}, not a video. Use ${SUPPORTED_CONTAINERS}.`, {
    details,
  });
}
