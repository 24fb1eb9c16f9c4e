/**
 * Losses against a teacher: gradients of a small network by central differences, and where each loss is 0.
 */

import { assert, assertAlmostEquals } from "@std/assert";
import { klDivergence } from "../../src/autograd/ops/kl_divergence.ts";
import { linear } from "../../src/autograd/ops/linear.ts";
import { squaredError } from "../../src/autograd/ops/squared_error.ts";
import { Tape } from "../../src/autograd/tape.ts";
import type { Device } from "../../src/device/device.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { normal } from "../../kernels/reference/proof.ts";
import { testOnDevices } from "../devices.ts";

const ROWS = 5;
const SIZE = 6;
const TAGS = 3;
const TEMPERATURE = 2;
const group = { rate: 1, decay: false };
const placements = [
  { name: "body.weight", shape: [SIZE, SIZE], group },
  { name: "body.bias", shape: [SIZE], group },
  { name: "head.weight", shape: [TAGS, SIZE], group },
  { name: "head.bias", shape: [TAGS], group },
] as const;

type Values = Map<string, Float32Array>;

/** Values of all parameters, seeded. */
function valuesOf(seed: number): Values {
  return new Map(
    placements.map(({ name, shape }, i) => [
      name,
      normal(10 * seed + i, shape.reduce((a: number, b: number) => a * b, 1), { scale: 0.5 }),
    ]),
  );
}

/** Loss and gradients of a student whose hidden states and logits are to be those of a teacher. */
async function step(device: Device, student: Values, teacher: Values) {
  const networkOf = (values: Values) => {
    const parameters = new Parameters(device, placements);
    for (const [name, value] of values) parameters.write(name, value);
    const layer = (name: string) => ({
      weight: parameters.get(`${name}.weight`),
      bias: parameters.get(`${name}.bias`),
    });
    const forward = (tape: Tape) => {
      const x = tape.tensor([ROWS, SIZE]);
      device.upload(x.view, normal(7, ROWS * SIZE));
      const hidden = linear(tape, x, { ...layer("body"), activation: "gelu" });
      return { hidden, logits: linear(tape, hidden, { ...layer("head"), logits: true }) };
    };
    return { parameters, forward };
  };
  const [learner, master] = [networkOf(student), networkOf(teacher)];
  const reading = new Tape(device);
  const targets = master.forward(reading);
  const tape = new Tape(device, { training: { seed: 1, step: 0, microBatch: 0 } });
  const loss = device.allocate("f32", 1);
  device.clear(loss);
  const { hidden, logits } = learner.forward(tape);
  const softened = { targets: targets.logits.view, temperature: TEMPERATURE };
  klDivergence(tape, logits, { ...softened, scale: TEMPERATURE ** 2 / ROWS, loss });
  squaredError(tape, hidden, { targets: targets.hidden.view, scale: 1 / (ROWS * SIZE), loss });
  tape.backward();
  const result = {
    loss: (await device.read(loss))[0],
    gradients: new Map<string, Float32Array>(),
  };
  for (const { name } of placements) {
    result.gradients.set(name, await learner.parameters.read(name, "gradient"));
  }
  tape.dispose();
  reading.dispose();
  device.free(loss);
  for (const { parameters } of [learner, master]) parameters.free();
  return result;
}

testOnDevices(
  "gradients of both losses, which meet in the hidden states, are central differences",
  async (device) => {
    const [student, teacher] = [valuesOf(1), valuesOf(2)];
    const { gradients } = await step(device, student, teacher);
    const h = 2 ** -6;
    for (const [name, gradient] of gradients) {
      const at = gradient.length - 1;
      const lossWith = async (change: number) => {
        const moved = new Map(student).set(name, student.get(name)!.map((v, i) => i === at ? v + change : v));
        return (await step(device, moved, teacher)).loss;
      };
      const slope = (await lossWith(h) - await lossWith(-h)) / (2 * h);
      assert(Math.abs(gradient[at]) > 1e-3, name);
      assertAlmostEquals(gradient[at], slope, 2e-3 * Math.abs(slope) + 2e-5, name);
    }
    assert(device.memory.liveBytes === 0);
  },
);

testOnDevices("a student that is its teacher loses nothing and learns nothing", async (device) => {
  const { loss, gradients } = await step(device, valuesOf(1), valuesOf(1));
  assertAlmostEquals(loss, 0, 1e-6);
  for (const [name, gradient] of gradients) {
    for (const value of gradient) assertAlmostEquals(value, 0, 1e-6, name);
  }
});
