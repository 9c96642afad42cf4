import '../config/native-telemetry.js';
import { InferenceSession } from 'onnxruntime-node';
import { refuse } from './check-model.js';
import type { OnnxTensor } from './onnx-metadata.js';

/** Only errors that the caller gets anyway would be logged otherwise. */
const LOG_FATAL_ONLY = 4;

/**
 * One thread for everything: worker processes are the parallelism, more threads per session are slower. Threads that
 * wait must not spin, they would take the core from ffmpeg.
 */
const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: LOG_FATAL_ONLY,
  // The typings call it web-only; the native binding reads it, and takes texts only.
  extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
};

/** Throws `model_invalid` when the runtime cannot load the file. */
export async function openSession(modelPath: string): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(modelPath, OPTIONS);
  } catch (cause) {
    throw refuse(
      'file',
      `the runtime cannot load it (${cause instanceof Error ? cause.message : String(cause)})`,
      cause,
    );
  }
}

/** Inputs or outputs of an open session in the words of `onnx-metadata.ts`. */
export function tensorsOf(metadata: readonly InferenceSession.ValueMetadata[]): OnnxTensor[] {
  return metadata.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, shape: value.shape }
      : { name: value.name, type: 'no tensor', shape: [] },
  );
}
