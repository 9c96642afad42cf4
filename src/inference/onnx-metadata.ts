import { readFile } from 'node:fs/promises';
import protobuf from 'protobufjs/minimal.js';
import { HivisError } from '../shared/errors.js';
import { parseClassNames } from './class-names.js';

/** A dimension: a number, or the name of one that is free to choose. */
export type OnnxDimension = number | string;
export type OnnxTensor = {
  readonly name: string;
  /** `float32`, `float16` … as ONNX names them; `type 99` for one that this list does not know. */
  readonly type: string;
  readonly shape: readonly OnnxDimension[];
};

export type OnnxMetadata = {
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
  /** Everything the exporter wrote beside the graph. */
  readonly properties: Readonly<Record<string, string>>;
  /** Position = class id; null when the exporter wrote none. */
  readonly names: readonly string[] | null;
  readonly stride: number | null;
  /** Long side of the size that the model was exported for. */
  readonly imageSize: number | null;
  readonly task: string | null;
};

/** `TensorProto.DataType` of the ONNX format. */
const ELEMENT_TYPES: Readonly<Record<number, string>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  16: 'bfloat16',
};

/** Field numbers of the messages in onnx.proto that are read here. */
const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH = { initializer: 5, input: 11, output: 12 } as const;

/**
 * Names, stride, image size and tensor shapes of an ONNX file, without loading it into the runtime (which does not show
 * the properties). Throws `model_invalid` for anything that is not an ONNX model.
 */
export async function readOnnxMetadata(source: string | Uint8Array): Promise<OnnxMetadata> {
  const bytes = typeof source === 'string' ? await readFile(source).catch(unreadable) : source;
  let parsed: RawModel;
  try {
    parsed = readModel(bytes);
  } catch (cause) {
    throw notOnnx(cause);
  }
  if (parsed.outputs.length === 0) throw notOnnx();
  const { properties } = parsed;
  return {
    // Old exporters list the weights among the inputs as well.
    inputs: parsed.inputs.filter((input) => !parsed.weights.has(input.name)),
    outputs: parsed.outputs,
    properties,
    names: properties['names'] === undefined ? null : parseClassNames(properties['names']),
    stride: positiveInteger(properties['stride']),
    imageSize: largest(properties['imgsz']),
    task: properties['task'] ?? null,
  };
}

type RawModel = {
  readonly inputs: OnnxTensor[];
  readonly outputs: OnnxTensor[];
  readonly weights: Set<string>;
  readonly properties: Record<string, string>;
};

function readModel(bytes: Uint8Array): RawModel {
  const model: RawModel = { inputs: [], outputs: [], weights: new Set(), properties: {} };
  eachField(bytes, (field, value) => {
    if (field === MODEL.graph) readGraph(value, model);
    if (field !== MODEL.metadata) return;
    const entry = texts(value);
    if (entry[1] !== undefined) model.properties[entry[1]] = entry[2] ?? '';
  });
  return model;
}

function readGraph(bytes: Uint8Array, model: RawModel): void {
  eachField(bytes, (field, value) => {
    if (field === GRAPH.input) model.inputs.push(readTensor(value));
    if (field === GRAPH.output) model.outputs.push(readTensor(value));
    if (field !== GRAPH.initializer) return;
    const name = texts(value, 8)[8];
    if (name !== undefined) model.weights.add(name);
  });
}

/** ValueInfoProto {1 name, 2 TypeProto {1 Tensor {1 elem_type, 2 TensorShapeProto {1 dim …}}}}. */
function readTensor(bytes: Uint8Array): OnnxTensor {
  let name = '';
  let type = 'none';
  const shape: OnnxDimension[] = [];
  eachField(bytes, (field, value) => {
    if (field === 1) name = Buffer.from(value).toString('utf8');
    if (field !== 2) return;
    eachField(value, (kind, tensor) => {
      if (kind !== 1) return;
      type = typeName(numbers(tensor)[1]);
      eachField(tensor, (part, dims) => {
        if (part === 2) eachField(dims, (_, dim) => shape.push(readDimension(dim)));
      });
    });
  });
  return { name, type, shape };
}

function readDimension(bytes: Uint8Array): OnnxDimension {
  return numbers(bytes)[1] ?? texts(bytes)[2] ?? '?';
}

function typeName(elementType: number | undefined): string {
  return ELEMENT_TYPES[elementType ?? 0] ?? `type ${elementType ?? 'unknown'}`;
}

/** Calls back for every field that holds bytes (messages and texts); others are passed over. */
function eachField(bytes: Uint8Array, callback: (field: number, value: Uint8Array) => void): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 2) callback(tag >>> 3, reader.bytes());
    else reader.skipType(tag & 7);
  }
}

function texts(bytes: Uint8Array, only?: number): Record<number, string> {
  const found: Record<number, string> = {};
  eachField(bytes, (field, value) => {
    if (only === undefined || field === only) found[field] = Buffer.from(value).toString('utf8');
  });
  return found;
}

function numbers(bytes: Uint8Array): Record<number, number> {
  const found: Record<number, number> = {};
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 0) found[tag >>> 3] = Number(reader.int64());
    else reader.skipType(tag & 7);
  }
  return found;
}

function positiveInteger(text: string | undefined): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : null;
}

/** `[480, 640]` or `640` → 640. */
function largest(text: string | undefined): number | null {
  const values = (text?.match(/\d+/g) ?? []).map(Number).filter((value) => value > 0);
  return values.length === 0 ? null : Math.max(...values);
}

function unreadable(cause: unknown): never {
  throw new HivisError('model_invalid', 'The model file cannot be read: check the path and its permissions.', {
    cause,
    details: { field: 'file' },
  });
}

function notOnnx(cause?: unknown): HivisError {
  return new HivisError('model_invalid', 'The model file is not an ONNX model: export it with format="onnx".', {
    cause,
    details: { field: 'file' },
  });
}
