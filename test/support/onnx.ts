import protobuf from 'protobufjs/minimal.js';

/** A tiny ONNX model whose output does not depend on its input: enough to say every wrong thing a model can say. */
export type OnnxSketch = {
  readonly inputShape?: readonly (number | string)[];
  /** 1 float32, 10 float16. */
  readonly inputType?: number;
  /** What the file declares; default: the shape of the data. */
  readonly outputShape?: readonly (number | string)[];
  readonly outputType?: number;
  readonly output?: { readonly dims: readonly number[]; readonly values: readonly number[] };
  readonly extraOutput?: boolean;
  readonly properties?: Readonly<Record<string, string>>;
};

const FLOAT32 = 1;

/** `{0: 'Person', 1: 'Hardhat'}` as Ultralytics writes it. */
export function namesProperty(names: readonly string[]): string {
  return `{${names.map((name, id) => `${id}: '${name}'`).join(', ')}}`;
}

export function sketchOnnx(sketch: OnnxSketch = {}): Uint8Array {
  const { inputShape = ['batch', 3, 'height', 'width'], inputType = FLOAT32, outputType = FLOAT32 } = sketch;
  const { output = { dims: [1, 6, 1], values: [8, 8, 4, 4, 0.9, 0.1] } } = sketch;
  const graph = protobuf.Writer.create();
  graph.uint32(tag(1)).bytes(
    message((node) => {
      node.uint32(tag(1)).string('constant').uint32(tag(2)).string('output0').uint32(tag(4)).string('Identity');
    }),
  );
  graph.uint32(tag(2)).string('sketch');
  graph.uint32(tag(5)).bytes(initializer('constant', output));
  graph.uint32(tag(11)).bytes(valueInfo('images', inputType, inputShape));
  graph.uint32(tag(12)).bytes(valueInfo('output0', outputType, sketch.outputShape ?? output.dims));
  if (sketch.extraOutput === true) graph.uint32(tag(12)).bytes(valueInfo('constant', FLOAT32, output.dims));
  const model = protobuf.Writer.create();
  model.uint32(tag(1, 0)).int64(8);
  model.uint32(tag(7)).bytes(graph.finish());
  model.uint32(tag(8)).bytes(message((opset) => opset.uint32(tag(1)).string('').uint32(tag(2, 0)).int64(15)));
  for (const [key, value] of Object.entries(sketch.properties ?? {}))
    model.uint32(tag(14)).bytes(message((entry) => entry.uint32(tag(1)).string(key).uint32(tag(2)).string(value)));
  return model.finish();
}

function tag(field: number, wireType = 2): number {
  return (field << 3) | wireType;
}

function message(write: (writer: protobuf.Writer) => unknown): Uint8Array {
  const writer = protobuf.Writer.create();
  write(writer);
  return writer.finish();
}

function initializer(name: string, tensor: { dims: readonly number[]; values: readonly number[] }): Uint8Array {
  return message((writer) => {
    for (const dim of tensor.dims) writer.uint32(tag(1, 0)).int64(dim);
    writer.uint32(tag(2, 0)).int32(FLOAT32).uint32(tag(8)).string(name);
    writer.uint32(tag(9)).bytes(new Uint8Array(Float32Array.from(tensor.values).buffer));
  });
}

function valueInfo(name: string, type: number, shape: readonly (number | string)[]): Uint8Array {
  const dims = message((writer) => {
    for (const dim of shape)
      writer
        .uint32(tag(1))
        .bytes(
          message((part) =>
            typeof dim === 'number' ? part.uint32(tag(1, 0)).int64(dim) : part.uint32(tag(2)).string(dim),
          ),
        );
  });
  const tensor = message((writer) => writer.uint32(tag(1, 0)).int32(type).uint32(tag(2)).bytes(dims));
  const typed = message((writer) => writer.uint32(tag(1)).bytes(tensor));
  return message((writer) => writer.uint32(tag(1)).string(name).uint32(tag(2)).bytes(typed));
}
