import { HivisError } from '../shared/errors.js';
import type { OnnxDimension, OnnxTensor } from './onnx-metadata.js';

/** What a YOLOv8 detection export must look like: the one check for a file's metadata and for an open session. */
export type ModelShape = {
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
  readonly task: string | null;
};

/**
 * Throws `model_invalid` naming the field unless the model takes one float32 [1, 3, H, W] and gives one
 * float32 [1, 4 + classes, anchors]. Returns the fixed input size, or null when height and width are free.
 */
export function checkModelShape(
  shape: ModelShape,
  classCount: number,
): { readonly widthPx: number; readonly heightPx: number } | null {
  if (shape.task !== null && shape.task !== 'detect')
    throw refuse('task', `the model is made for the task "${shape.task}", hivis needs "detect"`);
  const [input, ...otherInputs] = shape.inputs;
  const [output, ...otherOutputs] = shape.outputs;
  if (input === undefined || otherInputs.length > 0)
    throw refuse('input', `the model has ${shape.inputs.length} inputs, hivis needs exactly one picture`);
  if (output === undefined || otherOutputs.length > 0)
    throw refuse('output', `the model has ${shape.outputs.length} outputs, hivis needs exactly one`);
  checkType('input', input);
  checkType('output', output);
  checkInput(input);
  checkOutput(output, classCount);
  const [, , heightPx, widthPx] = input.shape;
  return typeof heightPx === 'number' && typeof widthPx === 'number' ? { widthPx, heightPx } : null;
}

function checkType(field: string, tensor: OnnxTensor): void {
  if (tensor.type === 'float32') return;
  const hint = tensor.type.includes('16') ? ' (export with half=False)' : '';
  throw refuse(`${field}.type`, `the ${field} ${tensor.name} is ${tensor.type}, hivis needs float32${hint}`);
}

function checkInput({ shape }: OnnxTensor): void {
  const [batch, channels] = shape;
  if (shape.length !== 4 || !fits(batch, 1) || !fits(channels, 3))
    throw refuse('input.shape', `the input is ${show(shape)}, hivis needs [1, 3, height, width]`);
}

function checkOutput({ shape }: OnnxTensor, classCount: number): void {
  const rows = 4 + classCount;
  const [batch, second, third] = shape;
  if (shape.length === 3 && (third === 6 || third === 7) && second !== rows)
    throw refuse(
      'output.shape',
      `the output is ${show(shape)}: the model was exported with non-maximum suppression, export it with nms=False`,
    );
  if (shape.length !== 3 || !fits(batch, 1))
    throw refuse('output.shape', `the output is ${show(shape)}, hivis needs [1, 4 + classes, anchors]`);
  if (!fits(second, rows))
    throw refuse('output.shape', `the output is ${show(shape)}, but ${classCount} class names need ${rows} rows`);
}

/** A free dimension fits; it is checked again when the model has run. */
function fits(dimension: OnnxDimension | undefined, wanted: number): boolean {
  return typeof dimension === 'string' || dimension === wanted;
}

function show(shape: readonly OnnxDimension[]): string {
  return `[${shape.join(', ')}]`;
}

export function refuse(field: string, problem: string, cause?: unknown): HivisError {
  return new HivisError('model_invalid', `The model cannot be used (${field}): ${problem}.`, {
    cause,
    details: { field },
  });
}
