import { assert, assertEquals } from "@std/assert";
import type { RealDType } from "../../kernels/contract.ts";
import { crossEntropy, decoderCrossEntropy } from "../../src/autograd/ops/cross_entropy.ts";
import { dropout } from "../../src/autograd/ops/dropout.ts";
import { embed, gatherRows } from "../../src/autograd/ops/gather_rows.ts";
import { layerNorm } from "../../src/autograd/ops/layer_norm.ts";
import { linear, sumOfLinear } from "../../src/autograd/ops/linear.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { Device } from "../../src/device/device.ts";
import { relativeError } from "../../src/device/run_case.ts";
import { initialise } from "../../src/nn/initialise.ts";
import type { Placement } from "../../src/nn/arena_layout.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import type { Role } from "../../src/nn/specs.ts";
import { testInHalf } from "../devices.ts";

const HIDDEN = 48;
const TOKENS = 256;
const PIECES = 100;
/** Keeps the gradients of tensors within the range of f16; it is a power of two and taken out again below. */
const LOSS_SCALE = 1024;

const group = { rate: 1, decay: true };
const specs: (Placement & { role: Role })[] = [
  ["table", [PIECES, HIDDEN], "table"],
  ["LayerNorm.weight", [HIDDEN], "norm"],
  ["LayerNorm.bias", [HIDDEN], "bias"],
  ["up.weight", [4 * HIDDEN, HIDDEN], "product"],
  ["up.bias", [4 * HIDDEN], "bias"],
  ["down.weight", [HIDDEN, 4 * HIDDEN], "product"],
  ["skip.weight", [HIDDEN, HIDDEN], "product"],
  ["down.bias", [HIDDEN], "bias"],
  ["classifier.weight", [7, HIDDEN], "product"],
  ["classifier.bias", [7], "bias"],
  ["decoder.bias", [PIECES], "bias"],
].map(([name, shape, role]) => ({ name, shape, role, group }) as Placement & { role: Role });

/** On an f16 tape products read the copies of the weights; the table is the decoder's, too. */
function specsOf(precision: RealDType): Placement[] {
  const read = (name: string) => name === "table" || /(up|down|skip|classifier)\.weight/.test(name);
  return specs.map((spec) => ({ ...spec, half: precision === "f16" && read(spec.name) }));
}

/** Loss, gradients and peak bytes of activations of a small network with every op but attention. */
async function step(device: Device, precision: RealDType) {
  const parameters = new Parameters(device, specsOf(precision));
  await initialise(parameters, specs, { seed: 3, range: 0.3 });
  parameters.narrow();
  const get = (name: string) => parameters.get(name);
  const before = device.memory.liveBytes;
  const losses = ["tagging", "mlm"].map(() => device.allocate("f32", 1));
  for (const loss of losses) device.clear(loss);

  const tape = new Tape(device, { training: { seed: 1, step: 0, microBatch: 0 }, precision });
  const indexes = Uint32Array.from({ length: TOKENS }, (_, i) => (i * 37) % PIECES);
  const norm = { weight: get("LayerNorm.weight"), bias: get("LayerNorm.bias"), epsilon: 1e-12 };
  let x = layerNorm(tape, embed(tape, [{ table: get("table"), indexes }]), norm);
  x = dropout(tape, x, { p: 0.1, site: "here" });
  const up = linear(tape, x, { weight: get("up.weight"), bias: get("up.bias"), activation: "gelu" });
  const down = sumOfLinear(tape, [up, x], {
    weights: [get("down.weight"), get("skip.weight")],
    bias: get("down.bias"),
  });
  const hidden = layerNorm(tape, down, { ...norm, residual: x, dropout: { p: 0.1, site: "there" } });
  const rows = Uint32Array.from({ length: TOKENS / 2 }, (_, i) => 2 * i);
  const logits = linear(tape, gatherRows(tape, hidden, rows), {
    weight: get("classifier.weight"),
    bias: get("classifier.bias"),
    logits: true,
  });
  assertEquals([hidden.view.dtype, logits.view.dtype], [precision, "f32"]);
  const scale = LOSS_SCALE / rows.length;
  const labels = (classes: number) => Int32Array.from(rows, (row) => row % classes);
  crossEntropy(tape, logits, { labels: labels(7), scale, loss: losses[0] });
  decoderCrossEntropy(tape, gatherRows(tape, hidden, rows), {
    table: get("table"),
    bias: get("decoder.bias"),
    labels: labels(PIECES),
    scale,
    loss: losses[1],
  });
  const activations = device.memory.liveBytes - before;
  tape.backward();
  tape.dispose();

  const loss = await Promise.all(losses.map(async (loss) => (await device.read(loss))[0] / LOSS_SCALE));
  const gradients = new Map<string, Float32Array>();
  for (const { name } of specs) {
    gradients.set(name, (await parameters.read(name, "gradient")).map((value) => value / LOSS_SCALE));
  }
  for (const view of losses) device.free(view);
  parameters.free();
  return { loss, gradients, activations };
}

testInHalf(
  "on an f16 tape losses are within 0.1 % and gradients of parameters within 0.5 % of those in f32",
  async (device) => {
    const [full, half] = [await step(device, "f32"), await step(device, "f16")];
    half.loss.forEach((loss, i) =>
      assert(Math.abs(loss / full.loss[i] - 1) < 1e-3, `${loss}, ${full.loss[i]}`)
    );
    for (const [name, expected] of full.gradients) {
      const error = relativeError(half.gradients.get(name)!, expected);
      assert(error > 0 && error < 5e-3, `${name} is ${error} off`);
    }
    assertEquals(device.memory.liveBytes, 0);
  },
);

testInHalf("an f16 tape keeps about half of the bytes", async (device) => {
  const [full, half] = [await step(device, "f32"), await step(device, "f16")];
  const share = half.activations / full.activations;
  assert(share < 0.6, `${half.activations} bytes in f16, ${full.activations} in f32`);
});

testInHalf("a step on an f16 tape is the same twice", async (device) => {
  const [a, b] = [await step(device, "f16"), await step(device, "f16")];
  assertEquals(a, b);
});
