import path from 'node:path';
import { HivisError } from '../shared/errors.js';
import { sha256File } from '../shared/hash.js';
import { checkModelShape, refuse } from './check-model.js';
import { guessRoles } from './guess-roles.js';
import type { ModelEntry, ModelThresholds } from './model-entry.js';
import { readOnnxMetadata } from './onnx-metadata.js';

/** For models of which nothing else is known. */
const THRESHOLDS: ModelThresholds = { scoreFloor: 0.05, minConfidence: 0.25, nmsIou: 0.5 };
const STRIDE = 32;
const IMAGE_SIZE = 640;

/**
 * An entry for a user's own YOLOv8 detection export (MODEL_PATH), from what the file says about itself; the roles are
 * guessed from the class names. Throws `model_invalid` naming what is missing.
 */
export async function describeModelFile(modelPath: string): Promise<ModelEntry> {
  const metadata = await readOnnxMetadata(modelPath);
  const { sha256, sizeBytes } = await sha256File(modelPath);
  if (metadata.names === null)
    throw refuse('names', 'the file holds no class names: export it with its metadata, or list it in the manifest');
  const fixedInput = checkModelShape(metadata, metadata.names.length);
  const roles = guessRoles(metadata.names);
  const known = `its classes are ${metadata.names.slice(0, 20).join(', ')}`;
  if (roles.person.length === 0)
    throw refuse('names', `no class means a person (${known}): name the roles in the manifest`);
  if (Object.keys(roles.items).length === 0)
    throw refuse('names', `no class means a helmet, vest or other item (${known}): name the roles in the manifest`);
  const file = path.basename(modelPath);
  const fixedSidePx = fixedInput === null ? null : Math.max(fixedInput.widthPx, fixedInput.heightPx);
  return {
    id: toId(file),
    version: metadata.properties['version'] ?? 'unversioned',
    file,
    sizeBytes,
    sha256,
    licence: metadata.properties['license'] ?? 'unknown',
    attributions: [],
    classes: metadata.names,
    roles,
    thresholds: THRESHOLDS,
    stride: metadata.stride ?? STRIDE,
    imageSize: fixedSidePx ?? metadata.imageSize ?? IMAGE_SIZE,
    fixedInput,
  };
}

function toId(file: string): string {
  const id = path
    .basename(file, path.extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '');
  if (id === '')
    throw new HivisError('model_invalid', `The file name ${file} cannot be used as a model id: rename it.`);
  return id;
}
