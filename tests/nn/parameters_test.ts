import { assertEquals, assertThrows } from "@std/assert";
import { embed } from "../../src/autograd/ops/gather_rows.ts";
import { linear } from "../../src/autograd/ops/linear.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { LacunaError } from "../../src/errors.ts";
import { testInHalf, testOnDevices } from "../devices.ts";
import { Parameters } from "../../src/nn/parameters.ts";

const group = { rate: 1, decay: true };

/** A device on which a binding holds so few elements that tables have to be cut. */
function narrowDevice(elements: number): CpuDevice {
  return Object.assign(new CpuDevice(), { maxBindingBytes: elements * 4 });
}

Deno.test("parameters of one group lie next to each other, so that an arena is few runs", () => {
  const slow = { rate: 0.5, decay: true };
  const parameters = new Parameters(new CpuDevice(), [
    { name: "a", shape: [10, 10], group },
    { name: "b", shape: [70], group: slow },
    { name: "c", shape: [64], group },
  ]);
  assertEquals(parameters.arenas.length, 1);
  assertEquals(parameters.arenas[0].runs, [
    { start: 0, length: 128 + 128, group },
    { start: 256, length: 128, group: slow },
  ]);
});

Deno.test("frozen parameters own no gradient", () => {
  const parameters = new Parameters(new CpuDevice(), [
    { name: "frozen", shape: [8, 8], group: undefined },
    { name: "trained", shape: [8, 8], group },
  ]);
  assertEquals(parameters.count(), { total: 128, trainable: 64 });
  assertEquals(parameters.get("frozen").parts[0].gradient, undefined);
  assertEquals(parameters.arenas.map(({ gradients }) => gradients !== undefined), [false, true]);
});

Deno.test("a table larger than a binding is cut by rows and still looks up, writes and learns as one", async () => {
  const rows = 300;
  const columns = 4;
  const values = Float32Array.from({ length: rows * columns }, (_, i) => i);
  const indexes = Uint32Array.of(299, 0, 127, 128, 128, 255);
  const gradients: Float32Array[] = [];
  for (const device of [new CpuDevice(), narrowDevice(128 * columns)]) {
    const parameters = new Parameters(device, [{ name: "table", shape: [rows, columns], group }]);
    parameters.write("table", values);
    const table = parameters.get("table");
    assertEquals(table.parts.length, device.maxBindingBytes < 4096 ? 3 : 1);
    assertEquals(await parameters.read("table"), values);

    const tape = new Tape(device, { training: { seed: 0, step: 0, microBatch: 0 } });
    const looked = embed(tape, [{ table, indexes }]);
    assertEquals(
      await device.read(looked.view),
      Float32Array.from(
        [...indexes].flatMap((row) => [...values.subarray(row * columns, (row + 1) * columns)]),
      ),
    );
    const upstream = tape.gradientOf(looked)!;
    device.upload(upstream.view, Float32Array.from({ length: indexes.length * columns }, (_, i) => i + 1));
    tape.backward();
    gradients.push(await parameters.read("table", "gradient"));
    tape.dispose();
  }
  assertEquals(gradients[0], gradients[1]);
  assertEquals([...gradients[0].subarray(128 * columns, 129 * columns)], [
    13 + 17,
    14 + 18,
    15 + 19,
    16 + 20,
  ]);
});

testOnDevices("a stack is one matrix of a product, and its parameters are rows of it", async (device) => {
  const specs = ["query", "key", "value"].flatMap((name) => [
    { name: `${name}.weight`, shape: [5, 3], group, stack: "weight" },
    { name: `${name}.bias`, shape: [5], group: { rate: 1, decay: false }, stack: "bias" },
  ]);
  const parameters = new Parameters(device, specs);
  assertEquals([...parameters].map(({ name }) => name), specs.map(({ name }) => name));
  const [weight, bias] = [parameters.stack("weight"), parameters.stack("bias")];
  assertEquals([weight.shape, bias.shape], [[15, 3], [3, 5]]);
  specs.forEach(({ name, shape }, i) => {
    const values = Float32Array.from({ length: shape[0] * (shape[1] ?? 1) }, (_, at) => i + at / 32);
    const halves = new Uint16Array(Float16Array.from(values).buffer);
    if (i < 3) parameters.write(name, values);
    else parameters.writeHalves(name, halves, { format: "f16" });
  });

  const tape = new Tape(device, { training: { seed: 0, step: 0, microBatch: 0 } });
  const x = tape.tensor([2, 3]);
  device.upload(x.view, Float32Array.of(1, 0, 0, 0, 0, 1));
  const y = linear(tape, x, { weight, bias });
  const found = await device.read(y.view);
  const expected = [0, 2].flatMap((column) =>
    [0, 2, 4].flatMap((i) => [0, 1, 2, 3, 4].map((row) => i + (3 * row + column) / 32 + i + 1 + row / 32))
  );
  assertEquals(Array.from(found), expected);

  device.upload(tape.gradientOf(y)!.view, Float32Array.from({ length: 30 }, (_, i) => i));
  tape.backward();
  assertEquals(
    Array.from(await parameters.read("key.weight", "gradient")),
    [5, 6, 7, 8, 9].flatMap((row) => [row, 0, 15 + row]),
  );
  assertEquals(Array.from(await parameters.read("value.bias", "gradient")), [35, 37, 39, 41, 43]);
  tape.dispose();
});

Deno.test("a stack that is frozen owns no gradient, and one that nobody asked for is not there", () => {
  const parameters = new Parameters(new CpuDevice(), [
    { name: "key", shape: [2, 2], group: undefined, stack: "both" },
    { name: "value", shape: [2, 2], group: undefined, stack: "both" },
  ]);
  assertEquals(parameters.stack("both").trainable, false);
  assertEquals(parameters.stack("both").parts[0].gradient, undefined);
  assertThrows(() => parameters.stack("key"), LacunaError, "has no stack of parameters key");
});

Deno.test("a name that the model does not have is refused", () => {
  const parameters = new Parameters(new CpuDevice(), []);
  assertThrows(
    () => parameters.get("pooler.dense.weight"),
    LacunaError,
    "has no parameter pooler.dense.weight",
  );
});

testInHalf(
  "only parameters that are to have an f16 copy have one, and narrow() brings it up to date",
  async (device) => {
    const parameters = new Parameters(device, [
      { name: "weight", shape: [3, 5], group, half: true },
      { name: "bias", shape: [5], group },
      { name: "frozen", shape: [2, 2], group: undefined, half: true },
    ]);
    const values = Float32Array.from({ length: 15 }, (_, i) => 1 + i / 3);
    parameters.write("weight", values);
    parameters.narrow();
    assertEquals(await device.read(parameters.get("weight").parts[0].half!), Float16Array.from(values));
    assertEquals(parameters.get("bias").parts[0].half, undefined);
    assertEquals(parameters.get("frozen").parts[0].half?.dtype, "f16");
    parameters.free();
    assertEquals(device.memory.liveBytes, 0);
  },
);
