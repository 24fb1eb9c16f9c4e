/**
 * onnxruntime-node, CPU provider (native code), in Node:
 *
 *     node bench/peers/onnxruntime.mjs --case JSON --backend cpu --threads 2
 *
 * All matrices are inputs, as in training, where weights change every step: a constant one would be packed once. It has
 * no gradients.
 */

import { createRequire } from "node:module";
import { measure, request } from "./measure.mjs";
import { hiddenOf, isRagged, pad, unpad } from "./work.mjs";

const require = createRequire(import.meta.url);
const { InferenceSession, Tensor } = require("onnxruntime-node");
const { onnx } = require("onnx-proto");
const { FLOAT, INT32 } = onnx.TensorProto.DataType;

const { work, inputs, threads } = request();
const { node, feeds, output } = { matmul, softmax, attention }[work.op]();

const session = await InferenceSession.create(modelOf({ node, feeds, output }), {
  executionProviders: ["cpu"],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
});
const size = output.shape.reduce((product, length) => product * length);
const fetches = { [output.name]: new Tensor("float32", new Float32Array(size), output.shape) };

await measure({
  name: "onnxruntime-node 1.30.0, cpu",
  async run(times) {
    for (; times > 1; times--) await session.run(feeds, fetches);
    return (await session.run(feeds, fetches))[output.name].data;
  },
  outputs: (data) => ({ [output.name]: work.op === "attention" ? unpad(data, work) : data }),
});

/** One product: MatMul where nothing is transposed, else Gemm. */
function matmul() {
  const { m, n, k, transposeA, transposeB } = work;
  const attribute = [numberOf("transA", transposeA), numberOf("transB", transposeB)];
  return {
    node: transposeA || transposeB ? { opType: "Gemm", attribute } : { opType: "MatMul" },
    feeds: {
      a: new Tensor("float32", inputs.a, transposeA ? [k, m] : [m, k]),
      b: new Tensor("float32", inputs.b, transposeB ? [n, k] : [k, n]),
    },
    output: { name: "c", shape: [m, n] },
  };
}

function softmax() {
  const shape = [work.rows, work.columns];
  const feeds = { x: new Tensor("float32", inputs.x, shape) };
  return { node: { opType: "Softmax" }, feeds, output: { name: "y", shape } };
}

/** The contrib operator that BERTs are fused into: it takes `[sequences, longest, hidden]`, and lengths of the keys. */
function attention() {
  if (work.backward) throw new Error("onnxruntime-node has no gradients");
  const { lengths, heads } = work;
  const shape = [lengths.length, Math.max(...lengths), hiddenOf(work)];
  const names = ["query", "key", "value"];
  const feeds = Object.fromEntries(
    names.map((name) => [name, new Tensor("float32", pad(inputs[name], work), shape)]),
  );
  if (isRagged(work)) feeds.lengths = new Tensor("int32", Int32Array.from(lengths), [lengths.length]);
  return {
    node: {
      opType: "MultiHeadAttention",
      domain: "com.microsoft",
      input: isRagged(work) ? [...names, "", "lengths"] : names,
      attribute: [numberOf("num_heads", heads)],
    },
    feeds,
    output: { name: "out", shape },
  };
}

/** An attribute that is a whole number. */
function numberOf(name, i) {
  return { name, i, type: onnx.AttributeProto.AttributeType.INT };
}

/** A model of one node. */
function modelOf({ node, feeds, output }) {
  const tensor = (name, shape, elemType) => ({
    name,
    type: { tensorType: { elemType, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
  });
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [{ domain: "", version: 13 }, { domain: "com.microsoft", version: 1 }],
    graph: {
      name: work.op,
      node: [{ input: Object.keys(feeds), ...node, output: [output.name] }],
      input: Object.entries(feeds).map(([name, { dims, type }]) =>
        tensor(name, dims, type === "int32" ? INT32 : FLOAT)
      ),
      output: [tensor(output.name, output.shape, FLOAT)],
    },
  }).finish();
}
