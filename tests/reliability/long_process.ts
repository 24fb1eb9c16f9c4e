/**
 * `DEVICE THREADS STEPS VOCABULARY FOLDER`: trains for many steps and prints what memory the process had, as
 * one line of JSON. The vocabulary makes the model large and its steps short.
 */

import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { chooseDevice, type DeviceKind } from "../../src/device/open.ts";
import { train } from "../../src/training/trainer.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import type { LongRun } from "./long_run.ts";

const [kind, threads, steps, vocabulary, folder] = Deno.args;
/** Every so many steps memory is looked at. */
const STRIDE = Math.max(1, Math.floor(Number(steps) / 1000));

const rss = () => Deno.memoryUsage().rss;
// With --expose-gc: garbage that is not collected yet, and the room that the runtime keeps for more of it (its young
// generation doubles once in a long run), are no growth of ours.
const { gc } = globalThis as unknown as { gc(): void };
const { device } = await chooseDevice(kind as DeviceKind, { threads: Number(threads) });
let [bound, before] = [0, 0];
const samples: number[] = [];
const collected: number[] = [];

/** Trains a model of one layer. */
async function run(vocab_size: number, maxSteps: number, onStep: (step: number) => void): Promise<void> {
  const config = { num_hidden_layers: 1, hidden_size: 128, vocab_size };
  await train({
    device,
    start: { store: await tinyModelStore(config), dir: "", scratch: true },
    out: { store: new DenoStore(folder), dir: "" },
    training: syntheticSentences(4),
    dev: syntheticSentences(2, 2),
    settings: { learningRate: 1e-5, headLearningRate: 1e-5, batchTokens: 50, maxSteps, evaluations: 20 },
    onEvent: (event) => {
      if (event.type === "start") bound = event.memory.total;
      if (event.type === "step") onStep(event.step);
    },
  });
}

// What a runtime has compiled and keeps for itself, kernels of a GPU included, is there before.
await run(301, 40, () => {});
before = rss();
await run(Number(vocabulary), Number(steps), (step) => {
  if (step % STRIDE === 0) samples.push(rss());
  if (step % Math.floor(Number(steps) / 10) !== 0) return;
  gc();
  const { rss: all, heapTotal, heapUsed } = Deno.memoryUsage();
  collected.push(all - heapTotal + heapUsed);
});
device.destroy();
console.log(
  JSON.stringify({ before, bound, device: device.description, samples, collected } satisfies LongRun),
);
Deno.exit(0);
