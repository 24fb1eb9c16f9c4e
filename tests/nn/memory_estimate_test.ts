import { assert, assertEquals } from "@std/assert";
import { BYTES, type RealDType } from "../../kernels/contract.ts";
import { crossEntropy } from "../../src/autograd/ops/cross_entropy.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { parameterShapes, parseConfig } from "../../src/checkpoint/hugging_face.ts";
import type { Device, View } from "../../src/device/device.ts";
import { Model } from "../../src/model/model.ts";
import { estimateMemory } from "../../src/nn/memory_estimate.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { groupOf } from "../../src/optim/groups.ts";

const config = parseConfig({
  model_type: "bert",
  vocab_size: 500,
  hidden_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 3,
  intermediate_size: 384,
  max_position_embeddings: 64,
  id2label: { 0: "O", 1: "B-PER", 2: "I-PER" },
}, "config.json");
const parameters = parameterShapes(config, { head: "tokenClassification" });
const tokens = 640;

/** A device that computes nothing and counts the bytes that are in use. */
function countingDevice() {
  let live = 0;
  const device = {
    maxBindingBytes: 2 ** 27,
    peak: 0,
    allocate(dtype: View["dtype"], length: number): View {
      live += length * BYTES[dtype];
      device.peak = Math.max(device.peak, live);
      return { buffer: { byteLength: length * BYTES[dtype] }, dtype, offset: 0, length };
    },
    free: (view: View) => void (live -= view.length * BYTES[view.dtype]),
    upload() {},
    clear() {},
    dispatch() {},
  };
  return device as typeof device & Device;
}

/** Most bytes that a training step, or tagging, of `tokens` tokens had at one time. */
function measure(
  { trained, recompute = false, precision = "f32" }: {
    trained: boolean;
    recompute?: boolean;
    precision?: RealDType;
  },
): number {
  const device = countingDevice();
  const options = { numHiddenLayers: config.numHiddenLayers };
  const group = trained ? (name: string) => groupOf(name, options) : undefined;
  const model = new Model(device, config, { head: "tokenClassification", group, precision });
  if (trained) new AdamW(device, model.parameters, { lossScale: precision === "f16" ? 1 : undefined });
  const training = { training: { seed: 1, step: 1, microBatch: 0 }, recompute };
  const tape = new Tape(device, { precision, ...(trained && training) });
  const ids = new Uint32Array(tokens);
  const hidden = model.encoder.forward(tape, { ids, positions: ids, cuSeqlens: Uint32Array.of(0, tokens) });
  const rows = ids.subarray(0, tokens / 2);
  const logits = model.tagging!.forward(tape, hidden, rows);
  if (trained) {
    const loss = device.allocate("f32", 1);
    crossEntropy(tape, logits, { labels: new Int32Array(rows.length), scale: 1, loss });
    tape.backward();
  }
  return device.peak;
}

for (const [trained, precision] of [[true, "f32"], [false, "f32"], [true, "f16"], [false, "f16"]] as const) {
  const what = `${trained ? "a training step" : "tagging"} takes in ${precision}`;
  Deno.test(`estimateMemory() is within 2 % of what ${what}`, () => {
    const estimate = estimateMemory(config, { parameters, tokens, precision });
    const expected = trained ? estimate.training : estimate.prediction;
    const measured = measure({ trained, precision });
    assert(Math.abs(measured / expected - 1) < 0.02, `${measured} bytes measured, ${expected} estimated`);
  });
}

Deno.test("estimateMemory() is within 2 % of what a training step takes that recomputes activations", () => {
  const expected = estimateMemory(config, { parameters, tokens, recompute: true }).training;
  const measured = measure({ trained: true, recompute: true });
  assert(Math.abs(measured / expected - 1) < 0.02, `${measured} bytes measured, ${expected} estimated`);
});

Deno.test("activations in f16 are half of those in f32 but for their statistics, and recomputing counts, too", () => {
  const [full, half] = (["f32", "f16"] as const).map((precision) =>
    estimateMemory(config, { parameters, tokens, precision })
  );
  const share = half.activations / full.activations;
  assert(share > 0.5 && share < 0.51, `${share}`);
  const expected = estimateMemory(config, { parameters, tokens, recompute: true, precision: "f16" }).training;
  const measured = measure({ trained: true, recompute: true, precision: "f16" });
  assert(Math.abs(measured / expected - 1) < 0.02, `${measured} bytes measured, ${expected} estimated`);
});

Deno.test("in f16 there are copies of the weights that products read: the word embeddings only where words are predicted", () => {
  const copies = (head: "tokenClassification" | "maskedLm") => {
    const parameters = parameterShapes(config, { head });
    const [full, half] = (["f32", "f16"] as const).map((precision) =>
      estimateMemory(config, { parameters, tokens, precision }).parameters
    );
    return (half - full) / 2;
  };
  const layers = 4 * (4 * 96 * 96 + 2 * 96 * 384);
  assertEquals(copies("tokenClassification"), layers + 3 * 96);
  assertEquals(copies("maskedLm"), layers + 96 * 96 + 500 * 96);
});

Deno.test("estimateMemory() counts 16 bytes a trained parameter and 4 a frozen one", () => {
  const isTrained = (name: string) => !name.includes(".embeddings.");
  const { count, gradients, moments, parameters: values } = estimateMemory(config, {
    parameters,
    trained: isTrained,
    tokens: 1,
  });
  const frozen = 96 * (500 + 64 + 2 + 2);
  assertEquals(count.total - count.trained, frozen);
  assertEquals(values + gradients + moments, 16 * count.trained + 4 * frozen);
});
