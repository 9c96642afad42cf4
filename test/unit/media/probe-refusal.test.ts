import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/media/probe-refusal.js';

function exit(stderrTail: string, exitSignal: string | null = null) {
  return { exitCode: exitSignal === null ? 1 : null, exitSignal, stderrTail };
}
const whitelisted = (demuxer: string) => exit(`[${demuxer} @ 0x55] Format not on whitelist 'mov,mp4'\nfile:x: Invalid`);

describe('refusalOf', () => {
  it.each([
    ['mp3', 'no_video_stream', /sound file/],
    ['hls', 'source_not_a_video', /playlist/],
    ['concat', 'source_not_a_video', /playlist/],
    ['png_pipe', 'source_not_a_video', /an image/],
    ['image2', 'source_not_a_video', /an image/],
    ['gif', 'source_not_a_video', /an image/],
    ['flv', 'source_not_a_video', /of the format flv/],
  ])('%s', (demuxer, code, message) => {
    const error = refusalOf(whitelisted(demuxer), null);
    expect(error).toMatchObject({ code, retryable: false });
    expect(error.message).toMatch(message);
  });

  it('calls a damaged video damaged and anything else no video', () => {
    const said = exit('[mov @ 0x1] moov atom not found\nInvalid data found');
    expect(refusalOf(said, 'mp4')).toMatchObject({ code: 'source_unreadable' });
    expect(refusalOf(said, 'mp4').message).toMatch(/index \(moov\) is missing/);
    expect(refusalOf(exit('Invalid data found'), 'matroska').message).toMatch(/damaged or cut off/);
    expect(refusalOf(said, null)).toMatchObject({ code: 'source_not_a_video' });
  });

  it('is worth a retry when ffprobe was killed', () => {
    expect(refusalOf(exit('', 'SIGKILL'), 'mp4')).toMatchObject({ code: 'ffmpeg_failed', retryable: true });
  });

  it('keeps what ffprobe said', () => {
    expect(refusalOf(exit('words'), 'mp4').details).toEqual({ exitCode: 1, exitSignal: null, stderr: 'words' });
  });
});
