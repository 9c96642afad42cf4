import { z } from 'zod';

/** The parts of `ffprobe -show_format -show_streams -of json` that hivis reads. Numbers come as text. */
const text = z.string().optional();
const stream = z.object({
  index: z.number().int(),
  codec_type: text,
  codec_name: text,
  codec_tag_string: text,
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  pix_fmt: text,
  has_b_frames: z.number().int().optional(),
  sample_aspect_ratio: text,
  avg_frame_rate: text,
  r_frame_rate: text,
  time_base: text,
  duration: text,
  nb_frames: text,
  disposition: z
    .object({
      default: z.number().optional(),
      attached_pic: z.number().optional(),
      timed_thumbnails: z.number().optional(),
    })
    .optional(),
  tags: z.record(z.string(), z.string()).optional(),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
});

export const probeOutputSchema = z.object({
  streams: z.array(stream).default([]),
  format: z
    .object({
      format_name: text,
      start_time: text,
      duration: text,
      tags: z.record(z.string(), z.string()).optional(),
    })
    .default({}),
});

export type ProbeOutput = z.infer<typeof probeOutputSchema>;
export type ProbeStream = ProbeOutput['streams'][number];

/** `25/1`, `30000/1001` or `16:9` → both numbers; undefined for `0/0`, `N/A` and nothing. */
export function parseRatio(value: string | undefined): { readonly num: number; readonly den: number } | undefined {
  const [, num, den] = /^(\d+)[/:](\d+)$/.exec(value ?? '') ?? [];
  if (num === undefined || den === undefined || Number(num) === 0 || Number(den) === 0) return undefined;
  return { num: Number(num), den: Number(den) };
}

/** Seconds as text → milliseconds, or null for `N/A` and what is not positive. */
export function parseDurationMs(value: string | undefined): number | null {
  const seconds = Number(value ?? 'N/A');
  return Number.isFinite(seconds) && seconds > 0 ? Math.round(seconds * 1000) : null;
}

/** Quarter turns clockwise that bring the picture upright: 0, 90, 180 or 270. Other angles do not swap sides: 0. */
export function rotationOf(stream: ProbeStream): number {
  const matrix = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  // The display matrix counts counter-clockwise, the old tag clockwise.
  const degrees = matrix === undefined ? Number(stream.tags?.['rotate'] ?? 0) : -matrix;
  const turned = ((Math.round(degrees) % 360) + 360) % 360;
  return turned % 90 === 0 ? turned : 0;
}

/**
 * Size of the picture as a viewer sees it: pixels made square (the width changes, as players do it), then turned.
 */
export function shownSize(stream: ProbeStream): { readonly widthPx: number; readonly heightPx: number } {
  const { width = 0, height = 0 } = stream;
  const aspect = parseRatio(stream.sample_aspect_ratio);
  const stretch = aspect === undefined ? 1 : aspect.num / aspect.den;
  const isPlausible = stretch > 0.2 && stretch < 5;
  const squareWidthPx = isPlausible ? Math.max(1, Math.round(width * stretch)) : width;
  const isUpright = rotationOf(stream) % 180 === 0;
  return isUpright ? { widthPx: squareWidthPx, heightPx: height } : { widthPx: height, heightPx: squareWidthPx };
}
