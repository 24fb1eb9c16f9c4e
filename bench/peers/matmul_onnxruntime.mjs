/**
 * onnxruntime-node, CPU provider (native code), in Node:
 *
 *     node bench/peers/matmul_onnxruntime.mjs --threads 2
 *
 * Both matrices are inputs, as in training, where weights change every step: a constant one would be packed once.
 */

import { createRequire } from "node:module";
import { a, b, k, m, measure, n, threads } from "./measure.mjs";

const require = createRequire(import.meta.url);
const { InferenceSession, Tensor } = require("onnxruntime-node");

/** A field of a protocol buffer: bytes, text or a list of fields with its length before it, or a small number. */
function field(number, value) {
  if (typeof value === "number") return [number << 3, ...varint(value)];
  const bytes = typeof value === "string" ? [...new TextEncoder().encode(value)] : value.flat();
  return [number << 3 | 2, ...varint(bytes.length), ...bytes];
}

function varint(value) {
  return value < 128 ? [value] : [value & 127 | 128, ...varint(value >> 7)];
}

/** A ValueInfoProto: a matrix of f32. */
function matrix(name, shape) {
  const dimensions = shape.map((size) => field(1, [field(1, size)]));
  return [field(1, name), field(2, [field(1, [field(1, 1), field(2, dimensions)])])];
}

/** A ModelProto (https://onnx.ai/onnx/repo-docs/IR.html) of one MatMul. */
const model = Uint8Array.from([
  field(1, 8), // version of the format
  field(7, [
    field(1, [field(1, "a"), field(1, "b"), field(2, "c"), field(4, "MatMul")]),
    field(2, "matmul"),
    field(11, matrix("a", [m, k])),
    field(11, matrix("b", [k, n])),
    field(12, matrix("c", [m, n])),
  ]),
  field(8, [field(2, 13)]), // version of the operators
].flat());

const session = await InferenceSession.create(model, {
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
});
const inputs = { a: new Tensor("float32", a, [m, k]), b: new Tensor("float32", b, [k, n]) };
const outputs = { c: new Tensor("float32", new Float32Array(m * n), [m, n]) };

await measure({
  name: "onnxruntime-node 1.30.0",
  async run(times) {
    for (; times > 1; times--) await session.run(inputs, outputs);
    return (await session.run(inputs, outputs)).c.data;
  },
});
