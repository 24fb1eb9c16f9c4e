/**
 * jax-js, WebAssembly backend, in Deno, where its workers run (in Node 20 it has none):
 *
 *     deno run --no-lock --allow-read --allow-env bench/peers/matmul_jax.mjs --threads 2
 *
 * It starts as many workers as the machine has cores, so the number of threads is set by saying how many those are.
 */

import { createRequire } from "node:module";
import process from "node:process";
import { a, b, k, m, measure, n, threads } from "./measure.mjs";

Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
const require = createRequire(import.meta.url);
const { defaultDevice, init, numpy } = require("@jax-js/jax");

await init("wasm");
defaultDevice("wasm");
const left = numpy.array(a).reshape([m, k]);
const right = numpy.array(b).reshape([k, n]);

await measure({
  name: "jax-js 0.1.25",
  async run(times) {
    for (; times > 1; times--) {
      const product = await numpy.matmul(left.ref, right.ref).blockUntilReady();
      product.dispose();
    }
    return await numpy.matmul(left.ref, right.ref).data();
  },
});
process.exit(0);
