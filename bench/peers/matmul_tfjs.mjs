/**
 * TensorFlow.js, WebAssembly backend with SIMD and threads, in Node:
 *
 *     node bench/peers/matmul_tfjs.mjs --threads 2
 *
 * The package has the build with threads, and that build runs in Node, but the package leaves it out there
 * (tensorflow/tfjs#3830) because its worker is loaded from blobs, which Node's workers cannot do. So workers are given
 * their source here: the same files, found in the package.
 */

import { createRequire } from "node:module";
import process from "node:process";
import { a, b, k, m, measure, n, threads } from "./measure.mjs";

const require = createRequire(import.meta.url);
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
const tf = require("@tensorflow/tfjs-core");
const { getThreadsCount, setThreadsCount } = require("@tensorflow/tfjs-backend-wasm");

tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", true);
setThreadsCount(threads);
await tf.setBackend("wasm");
if (getThreadsCount() !== threads) throw new Error(`Expected ${threads} threads, found ${getThreadsCount()}`);
const left = tf.tensor2d(a, [m, k]);
const right = tf.tensor2d(b, [k, n]);

await measure({
  name: "tfjs-backend-wasm 4.22.0",
  run(times) {
    for (; times > 1; times--) tf.matMul(left, right).dispose();
    const product = tf.matMul(left, right);
    const data = product.dataSync();
    product.dispose();
    return data;
  },
});
process.exit(0);
