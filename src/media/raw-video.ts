import { keepFramesOption, type MediaTools } from './tools.js';

/** One video stream, exactly the frames that the filter lets through, as raw RGB on stdout. */
export function rawVideoOptions(tools: MediaTools, streamIndex: number, pictures: number): string[] {
  return [
    ...['-map', `0:${streamIndex}`, '-an', '-sn', '-dn', ...keepFramesOption(tools)],
    ...['-frames:v', String(pictures), '-f', 'rawvideo', '-pix_fmt', 'rgb24'],
  ];
}
