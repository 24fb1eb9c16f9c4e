import { assert, assertEquals } from "@std/assert";
import type { RealDType } from "../../kernels/contract.ts";
import { crossEntropy } from "../../src/autograd/ops/cross_entropy.ts";
import { embed } from "../../src/autograd/ops/gather_rows.ts";
import { linear } from "../../src/autograd/ops/linear.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { Device } from "../../src/device/device.ts";
import { initialise } from "../../src/nn/initialise.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { AdamW } from "../../src/optim/adamw.ts";
import { testInHalf, testOnDevices } from "../devices.ts";

const group = { rate: 1, decay: true };
const specs = [
  { name: "table", shape: [8, 32], role: "table", group },
  { name: "middle.weight", shape: [32, 32], role: "product", group },
  { name: "middle.bias", shape: [32], role: "bias", group },
  { name: "classifier.weight", shape: [5, 32], role: "product", group },
  { name: "classifier.bias", shape: [5], role: "bias", group },
] as const;

/** A network that learns a class for each of eight words. */
async function network(
  device: Device,
  { precision, lossScale }: { precision: RealDType; lossScale?: number },
) {
  const parameters = new Parameters(
    device,
    specs.map((spec) => ({ ...spec, half: precision === "f16" && spec.name.endsWith("weight") })),
  );
  await initialise(parameters, specs, { seed: 1, range: 0.2 });
  parameters.narrow();
  const optimizer = new AdamW(device, parameters, { lossScale });
  const loss = device.allocate("f32", 1);
  const indexes = Uint32Array.from({ length: 8 }, (_, i) => i);
  let steps = 0;
  return {
    parameters,
    optimizer,
    async step({ scale = 1 / 8 } = {}): Promise<number> {
      device.clear(loss);
      const tape = new Tape(device, { training: { seed: 1, step: steps, microBatch: 0 }, precision });
      const x = embed(tape, [{ table: parameters.get("table"), indexes }]);
      const middle = linear(tape, x, {
        weight: parameters.get("middle.weight"),
        bias: parameters.get("middle.bias"),
        activation: "gelu",
      });
      const logits = linear(tape, middle, {
        weight: parameters.get("classifier.weight"),
        bias: parameters.get("classifier.bias"),
        logits: true,
      });
      const labels = Int32Array.from(indexes, (word) => word % 5);
      crossEntropy(tape, logits, { labels, scale, loss, scaling: optimizer.scaling });
      tape.backward();
      tape.dispose();
      optimizer.step(++steps, 0.02);
      return (await device.read(loss))[0];
    },
    async values(): Promise<Float32Array[]> {
      return await Promise.all(specs.map(({ name }) => parameters.read(name)));
    },
  };
}

testInHalf(
  "a scale that overflows f16 is halved while parameters stay untouched, then the network learns",
  async (device) => {
    const { step, values, optimizer } = await network(device, { precision: "f16", lossScale: 2 ** 24 });
    const before = await values();
    const first = await step();
    assertEquals(await values(), before);
    assertEquals((await optimizer.state()).lossScale, 2 ** 23);
    let last = first;
    for (let i = 0; i < 60; i++) last = await step();
    const { overflows, lossScale, skipped } = await optimizer.state();
    assertEquals([skipped, lossScale], [0, 2 ** (24 - overflows)]);
    assert(overflows >= 2 && overflows < 12, `${overflows} overflows`);
    assert(last < 0.1 * first, `loss ${first} became ${last}`);
  },
);

testInHalf("losses in f16 follow those in f32, and are reported without the scale", async (device) => {
  const half = await network(device, { precision: "f16", lossScale: 2 ** 12 });
  const full = await network(device, { precision: "f32" });
  for (let i = 0; i < 20; i++) {
    const [a, b] = [await half.step(), await full.step()];
    assert(Math.abs(a - b) < 2e-3, `step ${i}: ${a} in f16, ${b} in f32`);
  }
  assertEquals((await half.optimizer.state()).overflows, 0);
});

testOnDevices("gradients of a scaled loss are those of the loss: the steps are the same", async (device) => {
  const plain = await network(device, { precision: "f32" });
  const scaled = await network(device, { precision: "f32", lossScale: 2 ** 10 });
  for (let i = 0; i < 5; i++) await Promise.all([plain.step(), scaled.step()]);
  const [a, b] = [await plain.optimizer.state(), await scaled.optimizer.state()];
  assert(Math.abs(a.norm / b.norm - 1) < 1e-5, `norm ${a.norm} and ${b.norm}`);
  const [expected, found] = [await plain.values(), await scaled.values()];
  found.forEach((values, i) =>
    values.forEach((value, at) => assert(Math.abs(value - expected[i][at]) < 1e-4, specs[i].name))
  );
});

testOnDevices("gradients that are not finite at a scale of 1 count as such", async (device) => {
  const { step, optimizer } = await network(device, { precision: "f32", lossScale: 4 });
  const states = [];
  for (let i = 0; i < 3; i++) {
    await step({ scale: 1e30 });
    states.push(await optimizer.state());
  }
  assertEquals(states.map(({ lossScale }) => lossScale), [2, 1, 1]);
  assertEquals(states.map(({ overflows }) => overflows), [1, 2, 2]);
  assertEquals(states.map(({ skipped }) => skipped), [0, 0, 1]);
});
