import { assert, assertEquals, assertThrows } from "@std/assert";
import { gatherRows } from "../../src/autograd/ops/gather_rows.ts";
import { dropout } from "../../src/autograd/ops/dropout.ts";
import { whole } from "../../src/autograd/tensor.ts";
import { Tape } from "../../src/autograd/tape.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";

const training = { seed: 1, step: 0, microBatch: 0 };
const wanted = { requiresGradient: true };

Deno.test("gradients of a tensor that is used twice add up", async () => {
  const device = new CpuDevice();
  const tape = new Tape(device, { training });
  const x = tape.tensor([3, 1], [wanted]);
  device.upload(x.view, Float32Array.of(1, 2, 3));
  for (const [indexes, upstream] of [[[0, 2], [10, 20]], [[2, 2], [1, 2]]]) {
    const rows = gatherRows(tape, x, Uint32Array.from(indexes));
    device.upload(tape.gradientOf(rows)!.view, Float32Array.from(upstream));
  }
  const gradient = tape.gradientOf(x)!.view;
  device.clear(gradient);
  tape.backward();
  assertEquals(await device.read(gradient), Float32Array.of(10, 0, 23));
});

Deno.test("outside of training nothing is recorded, nothing is dropped, and a scope frees what it made", () => {
  const device = new CpuDevice();
  const tape = new Tape(device);
  const x = tape.tensor([4, 4], [wanted]);
  assertEquals(x.requiresGradient, false);
  assertEquals(dropout(tape, x, { p: 0.5, site: "here" }), x);
  const before = device.memory.liveBytes;
  const result = tape.scope(() =>
    gatherRows(tape, gatherRows(tape, x, Uint32Array.of(0, 1)), Uint32Array.of(1))
  );
  assertEquals(device.memory.liveBytes - before, 256);
  tape.free(result.view);
  tape.dispose();
  assertEquals(device.memory.liveBytes, 0);
});

Deno.test("in training a scope that is frozen as a whole frees what it made, too", () => {
  const device = new CpuDevice();
  const tape = new Tape(device, { training });
  const frozen = tape.tensor([4, 4]);
  const before = device.memory.liveBytes;
  const indexes = Uint32Array.of(0);
  const result = tape.scope(() => gatherRows(tape, gatherRows(tape, frozen, indexes), indexes));
  assertEquals([result.requiresGradient, device.memory.liveBytes - before], [false, 256]);
  tape.dispose();
  assertEquals(device.memory.liveBytes, 0);
});

Deno.test("backward frees activations and gradients as it goes", () => {
  const device = new CpuDevice();
  const tape = new Tape(device, { training });
  const x = tape.tensor([1, 64], [wanted]);
  const live: number[] = [];
  let y = x;
  for (let i = 0; i < 5; i++) {
    y = gatherRows(tape, y, Uint32Array.of(0));
    tape.record(y, { backward: () => live.push(device.memory.liveBytes) });
  }
  tape.gradientOf(y);
  tape.backward();
  assert(live.every((bytes, i) => i === 0 || bytes < live[i - 1]), `${live}`);
  tape.dispose();
  assertEquals(device.memory.liveBytes, 0);
});

Deno.test("dropout draws other bits at another step, micro-batch, site or seed, and the same ones when replayed", () => {
  const uniforms = (address: Partial<typeof training>, site = "layer.0.output") =>
    JSON.stringify(
      new Tape(new CpuDevice(), { training: { ...training, ...address } }).dropoutUniforms({ p: 0.1, site }),
    );
  const all = [
    uniforms({}),
    uniforms({ step: 1 }),
    uniforms({ microBatch: 1 }),
    uniforms({ seed: 2 }),
    uniforms({}, "x"),
  ];
  assertEquals(new Set(all).size, all.length);
  assertEquals(uniforms({}), all[0]);
});

Deno.test("a parameter in parts cannot be bound whole", () => {
  const part = {
    firstRow: 0,
    rows: 1,
    arena: 0,
    values: new CpuDevice().allocate("f32", 1),
    half: undefined,
    gradient: undefined,
  };
  assertThrows(
    () => whole({ name: "table", shape: [2, 1], trainable: false, parts: [part, { ...part, firstRow: 1 }] }),
    RangeError,
    "table is too large for one binding",
  );
});
