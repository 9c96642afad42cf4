import { keepFramesOption, type MediaTools } from './tools.js';

/** The scaler's exact mode: the same pixels on every processor and, measured, no cost beside the decoding. */
export const SCALER = 'bilinear+accurate_rnd+full_chroma_int+bitexact';

/** One video stream, exactly the frames that the filter lets through, as raw RGB on stdout. */
export function rawVideoOptions(tools: MediaTools, streamIndex: number, pictures: number): string[] {
  return [
    ...['-map', `0:${streamIndex}`, '-an', '-sn', '-dn', ...keepFramesOption(tools)],
    ...['-frames:v', String(pictures), '-f', 'rawvideo', '-pix_fmt', 'rgb24'],
  ];
}
