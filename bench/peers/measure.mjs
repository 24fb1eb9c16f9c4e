/** What every contender of `bench-kernels --peers` does alike: the command line, the timing, the line of JSON. */

import process from "node:process";
import { inputsOf, sampledIndexes } from "./work.mjs";

/** Milliseconds of warm-up and of a sample, at least; waiting for a GPU's queue alone takes some 10 ms. */
const WARMUP = 400;
const SAMPLE = 400;
const SAMPLES = 3;

/** What bench/peers/peers.ts asks for: `--case JSON --backend webgpu|wasm|cpu --threads N`. */
export function request() {
  const argument = (name) => process.argv[process.argv.indexOf(`--${name}`) + 1];
  const work = JSON.parse(argument("case"));
  return { work, inputs: inputsOf(work), backend: argument("backend"), threads: Number(argument("threads")) };
}

/**
 * Times a case and prints milliseconds of one call, the median of the samples, and elements of what the last sample
 * computed, as one line of JSON. Compilation is over by then: the warm-up makes all the calls that a sample makes.
 *
 * @template T
 * @param {object} peer
 * @param {string} peer.name package and version
 * @param {(times: number) => Promise<T>} peer.run makes so many calls, waits until all are done, and gives what
 *   the last one computed, read back
 * @param {(computed: T) => Record<string, ArrayLike<number>>} peer.outputs arrays of what `run` gave by name, laid
 *   out as those of our op
 */
export async function measure({ name, run, outputs }) {
  const timed = async (times) => {
    const start = performance.now();
    const computed = await run(times);
    return { took: performance.now() - start, computed };
  };
  await run(1);
  let times = 1;
  for (let spent = 0; spent < WARMUP;) {
    const { took } = await timed(times);
    spent += took;
    times = Math.max(1, Math.ceil(times * Math.min(10, SAMPLE / took)));
  }
  await run(times);
  const samples = [];
  for (let i = 0; i < SAMPLES; i++) samples.push(await timed(times));
  const milliseconds = samples.map(({ took }) => took / times).sort((a, b) => a - b);
  const found = Object.entries(outputs(samples[SAMPLES - 1].computed)).map(([output, data]) => [
    output,
    sampledIndexes(data.length).map((i) => data[i]),
  ]);
  console.log(
    JSON.stringify({ name, milliseconds: milliseconds[SAMPLES >> 1], outputs: Object.fromEntries(found) }),
  );
}
