/**
 * TensorFlow.js: its WebGPU backend in Deno, its WebAssembly backend with SIMD and threads in Node.
 *
 *     deno run -A bench/peers/tfjs.mjs --case JSON --backend webgpu --threads 1
 *     node bench/peers/tfjs.mjs --case JSON --backend wasm --threads 2
 */

import { createRequire } from "node:module";
import process from "node:process";
import { measure, request } from "./measure.mjs";
import { headsFirst, isRagged, pad, unpad } from "./work.mjs";

const { work, inputs, backend, threads } = request();
const require = createRequire(import.meta.url);
if (backend === "wasm") startWorkersInNode();
const tf = require("@tensorflow/tfjs");
if (backend === "wasm") {
  const { getThreadsCount, setThreadsCount } = require("@tensorflow/tfjs-backend-wasm");
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
  setThreadsCount(threads);
  await tf.setBackend("wasm");
  if (getThreadsCount() !== threads) {
    throw new Error(`Expected ${threads} threads, found ${getThreadsCount()}`);
  }
} else {
  require("@tensorflow/tfjs-backend-webgpu");
  await tf.setBackend("webgpu");
}

/** What is computed: a function that gives tensors, their names, and how their data are laid out as ours. */
const { compute, names, layOut } = { matmul, softmax, attention }[work.op]();

await measure({
  name: `tfjs-backend-${backend} 4.22.0`,
  async run(times) {
    while (times-- > 1) for (const tensor of tf.tidy(compute)) tensor.dispose();
    const last = tf.tidy(compute);
    const data = await Promise.all(last.map((tensor) => tensor.data()));
    for (const tensor of last) tensor.dispose();
    return data;
  },
  outputs: (computed) =>
    Object.fromEntries(names.map((name, i) => [name, layOut ? layOut(computed[i]) : computed[i]])),
});
process.exit(0);

/** Transposes before it multiplies where that is faster: everywhere but for a on WebGPU. */
function matmul() {
  const { m, n, k, transposeA, transposeB } = work;
  const a = tf.tensor2d(inputs.a, transposeA ? [k, m] : [m, k]);
  const b = tf.tensor2d(inputs.b, transposeB ? [n, k] : [k, n]);
  const inProduct = transposeA === 1 && backend === "webgpu";
  const compute = () => [
    tf.matMul(transposeA && !inProduct ? tf.transpose(a) : a, transposeB ? tf.transpose(b) : b, inProduct),
  ];
  return { compute, names: ["c"] };
}

function softmax() {
  const x = tf.tensor2d(inputs.x, [work.rows, work.columns]);
  return { compute: () => [tf.softmax(x)], names: ["y"] };
}

/** Composed of batched products, as tfjs has no attention; the scale goes to the queries, which are smaller than scores. */
function attention() {
  const { lengths, heads, headSize, backward } = work;
  const longest = Math.max(...lengths);
  const shape = [lengths.length, heads, longest, headSize];
  const [query, key, value] = [inputs.query, inputs.key, inputs.value].map(tensorOf);
  const scale = tf.scalar(headSize ** -0.5);
  const mask = isRagged(work) && tf.tensor4d(maskOf(lengths), [lengths.length, 1, 1, longest]);
  const attend = (query, key, value) => {
    const scores = tf.matMul(tf.mul(query, scale), tf.transpose(key, [0, 1, 3, 2]));
    return tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), value);
  };
  const layOut = (array) => unpad(headsFirst(array, work, { back: true }), work);
  if (!backward) return { compute: () => [attend(query, key, value)], names: ["out"], layOut };
  const dOut = tensorOf(inputs.dOut);
  const gradients = tf.grads(attend);
  return {
    compute: () => gradients([query, key, value], dOut),
    names: ["dQuery", "dKey", "dValue"],
    layOut,
  };

  function tensorOf(packed) {
    return tf.tensor4d(headsFirst(pad(packed, work), work), shape);
  }
}

/** What is added to scores: 0, and for keys behind the end of a sequence what makes their probability 0. */
function maskOf(lengths) {
  const longest = Math.max(...lengths);
  return Float32Array.from(
    { length: lengths.length * longest },
    (_, i) => i % longest < lengths[Math.floor(i / longest)] ? 0 : -1e9,
  );
}

/**
 * The package has the build with threads, and that build runs in Node, but the package leaves it out there
 * (tensorflow/tfjs#3830) because its worker is loaded from blobs, which Node's workers cannot do. So workers are given
 * their source here: the same files, found in the package.
 */
function startWorkersInNode() {
  const build = "@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd";
  const { wasmWorkerContents } = require(`${build}.worker.js`);
  const workerThreads = require("node:worker_threads");
  workerThreads.Worker = class extends workerThreads.Worker {
    constructor() {
      const main = JSON.stringify(require.resolve(`${build}.js`));
      super(`URL.createObjectURL = () => ${main};\n${wasmWorkerContents.replace(/\n/g, "\\n")}`, {
        eval: true,
      });
    }
  };
  // It takes at most half of the cores that it sees.
  require("node:os").cpus = () => Array(2 * threads);
}
