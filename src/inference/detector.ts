import '../config/native-telemetry.js';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { Letterbox } from '../domain/letterbox.js';
import type { Detection } from '../domain/terms.js';
import { HivisError } from '../shared/errors.js';
import { checkModelShape, refuse } from './check-model.js';
import { fillInput } from './fill-input.js';
import type { ModelEntry } from './model-entry.js';
import { readOnnxMetadata } from './onnx-metadata.js';
import { createOutputReader } from './output-reader.js';
import { openSession, tensorsOf } from './session.js';

export interface Detector {
  readonly entry: ModelEntry;
  /** Makes the buffers for one picture size. Calling `detect` with another letterbox does it too. */
  prepare(letterbox: Letterbox): void;
  /**
   * Everything the model sees on one letterboxed RGB picture: boxes in source pixels with confidence ≥ the score floor,
   * most confident first, then by class, then from left to right. One call at a time; it blocks the thread for
   * the time of the inference. Throws `inference_failed` and `model_invalid`.
   */
  detect(rgb: Uint8Array, letterbox: Letterbox): Promise<Detection[]>;
  /** Milliseconds so far. */
  readonly preprocessMs: number;
  readonly inferenceMs: number;
  readonly postprocessMs: number;
  close(): Promise<void>;
}

/**
 * Opens a YOLOv8 detection model. The file is expected to be verified (`verify.ts`); here it is checked that the model is
 * of the kind that hivis can read. Throws `model_invalid` naming the field.
 */
export async function createDetector(options: {
  readonly modelPath: string;
  readonly entry: ModelEntry;
}): Promise<Detector> {
  const { modelPath, entry } = options;
  const { names, task } = await readOnnxMetadata(modelPath);
  if (names !== null && names.join('\n') !== entry.classes.join('\n'))
    throw refuse('names', `the file names its classes ${names.join(', ')}, the manifest ${entry.classes.join(', ')}`);
  const session = await openSession(modelPath);
  try {
    const shape = { inputs: tensorsOf(session.inputMetadata), outputs: tensorsOf(session.outputMetadata), task };
    const fixedInput = checkModelShape(shape, entry.classes.length);
    return makeDetector(session, { ...entry, fixedInput });
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** Tensors for one input size; the output is known after the first run and filled in place from then on. */
type Buffers = { readonly key: string; readonly pixels: Float32Array; readonly input: Tensor; output?: Tensor };

function makeDetector(session: InferenceSession, entry: ModelEntry): Detector {
  const readOutput = createOutputReader(entry);
  const spent = { preprocessMs: 0, inferenceMs: 0, postprocessMs: 0 };
  let buffers: Buffers | undefined;
  let isBusy = false;

  function buffersFor(letterbox: Letterbox): Buffers {
    const key = `${letterbox.inputWidthPx}x${letterbox.inputHeightPx}`;
    if (buffers?.key === key) return buffers;
    checkFixedInput(entry, letterbox);
    const { inputWidthPx, inputHeightPx } = letterbox;
    const pixels = new Float32Array(3 * inputWidthPx * inputHeightPx);
    buffers = { key, pixels, input: new Tensor('float32', pixels, [1, 3, inputHeightPx, inputWidthPx]) };
    return buffers;
  }

  return {
    entry,
    prepare: (letterbox) => void buffersFor(letterbox),
    async detect(rgb, letterbox) {
      if (isBusy) throw new HivisError('internal', 'A detector looks at one picture at a time.');
      isBusy = true;
      try {
        const current = buffersFor(letterbox);
        const startMs = performance.now();
        fillInput(rgb, current.pixels);
        const filledMs = performance.now();
        const output = await infer(session, entry, current);
        const inferredMs = performance.now();
        const detections = readOutput(output.data as Float32Array, output.dims[2] ?? 0, letterbox);
        spent.preprocessMs += filledMs - startMs;
        spent.inferenceMs += inferredMs - filledMs;
        spent.postprocessMs += performance.now() - inferredMs;
        return detections;
      } finally {
        isBusy = false;
      }
    },
    get preprocessMs() {
      return spent.preprocessMs;
    },
    get inferenceMs() {
      return spent.inferenceMs;
    },
    get postprocessMs() {
      return spent.postprocessMs;
    },
    close: () => session.release(),
  };
}

async function infer(session: InferenceSession, entry: ModelEntry, buffers: Buffers): Promise<Tensor> {
  const [inputName = ''] = session.inputNames;
  const [outputName = ''] = session.outputNames;
  const feeds = { [inputName]: buffers.input };
  try {
    if (buffers.output !== undefined) {
      // Filled in place: what `run` returns is only another view of it.
      await session.run(feeds, { [outputName]: buffers.output });
      return buffers.output;
    }
    const output = (await session.run(feeds))[outputName];
    buffers.output = checkOutput(output, entry);
    return buffers.output;
  } catch (cause) {
    if (cause instanceof HivisError) throw cause;
    throw new HivisError('inference_failed', `Model ${entry.id} could not be run on a picture.`, {
      retryable: true,
      cause,
      details: { model: entry.id, reason: cause instanceof Error ? cause.message.slice(0, 500) : String(cause) },
    });
  }
}

function checkFixedInput({ fixedInput, id }: ModelEntry, { inputWidthPx, inputHeightPx }: Letterbox): void {
  if (fixedInput === null) return;
  if (fixedInput.widthPx === inputWidthPx && fixedInput.heightPx === inputHeightPx) return;
  throw refuse(
    'input.shape',
    `${id} takes ${fixedInput.widthPx}×${fixedInput.heightPx} only, the picture was prepared as ${inputWidthPx}×${inputHeightPx}; set fixedInput in the manifest, or export it with dynamic=True`,
  );
}

/** Exporters may leave every output dimension open; after the first run they are known. */
function checkOutput(output: Tensor | undefined, entry: ModelEntry): Tensor {
  const rows = 4 + entry.classes.length;
  if (output?.type === 'float32' && output.dims.length === 3 && output.dims[0] === 1 && output.dims[1] === rows)
    return output;
  throw refuse(
    'output.shape',
    `the output is ${output?.type ?? 'missing'} [${output?.dims.join(', ') ?? ''}], but ${entry.classes.length} class names need [1, ${rows}, anchors]`,
  );
}
