/**
 * jax-js in Deno, where both of its backends run (its WebAssembly workers do not start in Node 20):
 *
 *     deno run -A bench/peers/jax.mjs --case JSON --backend webgpu|wasm --threads 2
 *
 * All is inside `jit`, which compiles and fuses. It starts as many workers as the machine has cores, so the number of
 * threads is set by saying how many those are.
 */

import { createRequire } from "node:module";
import process from "node:process";
import { measure, request } from "./measure.mjs";
import { isRagged, pad, unpad } from "./work.mjs";

/** Calls that may wait to be computed: arrays are lazy, and hold their memory until they are computed and dropped. */
const WAITING = 8;

const { work, inputs, backend, threads } = request();
Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
const { blockUntilReady, defaultDevice, init, jit, nn, numpy, vjp } = createRequire(import.meta.url)(
  "@jax-js/jax",
);
await init(backend);
defaultDevice(backend);

/** What is computed: a compiled function of `values`, and names of the arrays that it gives. */
const { compute, values, names } = { matmul, softmax, attention }[work.op]();

await measure({
  name: `jax-js 0.1.25, ${backend}`,
  async run(times) {
    const waiting = [];
    while (times-- > 1) {
      waiting.push(call());
      if (waiting.length === WAITING) await finish(waiting.splice(0));
    }
    await finish(waiting);
    return await Promise.all(call().map((array) => array.data()));
  },
  outputs: (computed) =>
    Object.fromEntries(
      names.map((name, i) => [name, work.op === "attention" ? unpad(computed[i], work) : computed[i]]),
    ),
});
process.exit(0);

/** References are given away by a call, so it gets its own. */
function call() {
  return compute(...values.map((value) => value.ref));
}

async function finish(calls) {
  const arrays = calls.flat();
  await blockUntilReady(arrays);
  for (const array of arrays) array.dispose();
}

function matmul() {
  const { m, n, k, transposeA, transposeB } = work;
  return {
    compute: jit((a, b) => [
      numpy.matmul(transposeA ? numpy.transpose(a) : a, transposeB ? numpy.transpose(b) : b),
    ]),
    values: [
      numpy.array(inputs.a).reshape(transposeA ? [k, m] : [m, k]),
      numpy.array(inputs.b).reshape(transposeB ? [n, k] : [k, n]),
    ],
    names: ["c"],
  };
}

function softmax() {
  const x = numpy.array(inputs.x).reshape([work.rows, work.columns]);
  return { compute: jit((x) => [nn.softmax(x, -1)]), values: [x], names: ["y"] };
}

function attention() {
  const { lengths, heads, headSize, backward } = work;
  const shape = [lengths.length, Math.max(...lengths), heads, headSize];
  const packed = [inputs.query, inputs.key, inputs.value, ...(backward ? [inputs.dOut] : [])];
  const keyLengths = isRagged(work) ? [numpy.array(Int32Array.from(lengths), { dtype: numpy.int32 })] : [];
  const values = [...packed.map((array) => numpy.array(pad(array, work)).reshape(shape)), ...keyLengths];
  const attend = (keyValueSeqLengths) => (query, key, value) =>
    nn.dotProductAttention(query, key, value, keyValueSeqLengths && { keyValueSeqLengths });
  if (!backward) {
    return {
      compute: jit((query, key, value, keyLengths) => [attend(keyLengths)(query, key, value)]),
      values,
      names: ["out"],
    };
  }
  const forwardAndBackward = (query, key, value, dOut, keyLengths) => {
    const [out, gradients] = vjp(attend(keyLengths), [query, key, value]);
    return [out, ...gradients(dOut)];
  };
  return { compute: jit(forwardAndBackward), values, names: ["out", "dQuery", "dKey", "dValue"] };
}
