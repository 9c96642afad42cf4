import { z } from 'zod';
import type { ClassRoles } from '../domain/terms.js';

const fraction = z.number().min(0).max(1);
const roles = z.strictObject({
  person: z.array(z.string()).min(1),
  items: z.record(
    z.string(),
    z.strictObject({
      worn: z.array(z.string()).default([]),
      missing: z.array(z.string()).default([]),
      region: z.enum(['head', 'torso']),
    }),
  ),
});

/** One model of models/manifest.json. Roles name classes; `toEntry` turns them into class ids. */
const manifestModel = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/),
  version: z.string().min(1),
  title: z.string().optional(),
  file: z.string().regex(/^[^/\\]+\.onnx$/, 'must be the name of an .onnx file beside the manifest'),
  sizeBytes: z.number().int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  licence: z.string().min(1),
  attributions: z.array(z.string()).default([]),
  classes: z.array(z.string().min(1)).min(1),
  roles,
  stride: z.number().int().positive(),
  imageSize: z.number().int().positive(),
  fixedInput: z
    .strictObject({ widthPx: z.number().int().positive(), heightPx: z.number().int().positive() })
    .nullable()
    .default(null),
  thresholds: z
    .strictObject({ scoreFloor: fraction, minConfidence: fraction, nmsIou: fraction })
    .refine((value) => value.scoreFloor <= value.minConfidence, 'scoreFloor must not be above minConfidence'),
  quality: z.record(z.string(), z.unknown()).optional(),
});

export const manifestSchema = z.strictObject({ schemaVersion: z.literal(1), models: z.array(manifestModel).min(1) });

export type ManifestModel = z.infer<typeof manifestModel>;

export type ModelThresholds = {
  /** Detections below it are not kept, 0…1. Re-scoring can go down to it. */
  readonly scoreFloor: number;
  readonly minConfidence: number;
  readonly nmsIou: number;
};

/** A model that hivis can run: what it is, how it is verified and how it is read. */
export type ModelEntry = {
  readonly id: string;
  readonly version: string;
  /** Name of the file in the models folder. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly licence: string;
  readonly attributions: readonly string[];
  /** Position = class id. */
  readonly classes: readonly string[];
  readonly roles: ClassRoles;
  readonly thresholds: ModelThresholds;
  /** Both sides of the input are multiples of it. */
  readonly stride: number;
  /** Long side of the input that the model was made for. */
  readonly imageSize: number;
  /** Set when the file takes one input size only; hand it to `planLetterbox`. */
  readonly fixedInput: { readonly widthPx: number; readonly heightPx: number } | null;
  /** What was measured, as in the manifest. */
  readonly quality?: Readonly<Record<string, unknown>>;
};
