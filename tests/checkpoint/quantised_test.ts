import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { type QuantisedDtype, quantisedTensors, widened } from "../../src/checkpoint/quantised.ts";
import { openSafetensors, toFloat32, writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import type { TensorSource, TensorToWrite } from "../../src/checkpoint/safetensors.ts";
import { CheckpointError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";

const WEIGHTS = "model.safetensors";

async function written(tensors: readonly TensorToWrite[]): Promise<TensorSource> {
  const store = new MemoryStore();
  await writeSafetensors(store, WEIGHTS, { tensors });
  return await openSafetensors(store, WEIGHTS);
}

/** A matrix `w` that is saved; its numbers come in pieces of so many, as from a device. */
async function saved(
  dtype: QuantisedDtype,
  values: Float32Array,
  { columns, piece = 5 }: { columns: number; piece?: number },
): Promise<TensorSource> {
  const pieces = async function* () {
    for (let at = 0; at < values.length; at += piece) yield await values.slice(at, at + piece);
  };
  const shape = [values.length / columns, columns];
  return await written(await quantisedTensors("w", { dtype, shape, pieces }));
}

async function numbersOf(source: TensorSource): Promise<Float32Array> {
  return toFloat32("F32", await widened(source).read("w"));
}

/** A row of one group of INT4: so many zeros behind the numbers. */
function group(...values: number[]): number[] {
  return [...values, ...new Array(32 - values.length).fill(0)];
}

const bytes = (source: TensorSource, name: string, end: number) =>
  source.read(name).then((all) => [...all.slice(0, end)]);

Deno.test("INT8: the largest number of a row gets the code 127, and a row of zeros stays one", async () => {
  const source = await saved("INT8", Float32Array.of(1, -2, 0.5, 0, 0, 0, 1e-3, 4e-4, -1e-3), { columns: 3 });
  const scales = toFloat32("F32", await source.read("w_scale"));
  assertEquals(scales, Float32Array.of(2 / 127, 0, 1e-3 / 127));
  assertEquals(new Int8Array(await source.read("w")), Int8Array.of(64, -127, 32, 0, 0, 0, 127, 51, -127));
});

Deno.test("INT4: the largest number of 32 gets the code -8, and the first of eight codes the lowest bits", async () => {
  const source = await saved("INT4", Float32Array.from([...group(4, -1.5, 0.5), ...group(-16, 2, 14)]), {
    columns: 64,
  });
  assertEquals(source.tensors.get("w_packed")!.shape, [1, 8]);
  assertEquals(toFloat32("F16", await source.read("w_scale")), Float32Array.of(-0.5, 2));
  // 4 is code -8 and stands as 0, -1.5 is 3 and stands as 11, 0.5 is -1 and stands as 7; 8 is a zero.
  assertEquals(await bytes(source, "w_packed", 3), [0xb0, 0x87, 0x88]);
  assertEquals((await bytes(source, "w_packed", 18)).slice(16), [0x90, 0x8f]);
  assertEquals(new BigInt64Array((await source.read("w_shape")).buffer), BigInt64Array.of(1n, 64n));
  assertEquals([...(await numbersOf(source)).slice(0, 3)], [4, -1.5, 0.5]);
});

Deno.test("INT4: numbers that are 4-bit codes times a scale of F16 take 4 bits and come out as they were", async () => {
  const codes = fc.array(fc.integer({ min: -8, max: 7 }), { minLength: 31, maxLength: 31 });
  const piece = fc.integer({ min: 1, max: 32 });
  await fc.assert(
    fc.asyncProperty(codes, fc.integer({ min: 1, max: 2047 }), piece, async (rest, scale, piece) => {
      const values = Float32Array.from([-8, ...rest], (code) => code * scale * 2 ** -12 + 0);
      const source = await saved("INT4", values, { columns: 32, piece });
      assertEquals([source.tensors.has("w_packed"), await numbersOf(source)], [true, values]);
    }),
  );
});

Deno.test("INT4: other numbers, and rows that are no whole number of groups, are INT8", async () => {
  for (const [values, columns] of [[group(8, 1.5), 32], [group(8, 1), 16]] as const) {
    const source = await saved("INT4", Float32Array.from(values), { columns });
    assertEquals([...source.tensors.keys()].sort(), ["w", "w_scale"]);
  }
});

Deno.test("INT8: numbers come back within half a step, however they come in pieces", async () => {
  const any = fc.float32Array({ minLength: 12, maxLength: 12, noNaN: true, min: -(2 ** 126), max: 2 ** 126 });
  await fc.assert(fc.asyncProperty(any, fc.integer({ min: 1, max: 12 }), async (any, piece) => {
    const values = any.map((value) => Math.abs(value) < 1e-30 ? 0 : value); // subnormal numbers have few digits
    const back = await numbersOf(await saved("INT8", values, { columns: 4, piece }));
    for (const [i, value] of values.entries()) {
      const row = values.slice(i - i % 4, i - i % 4 + 4);
      const step = Math.max(...row.map(Math.abs)) / 127;
      assert(Math.abs(back[i] - value) <= 0.5001 * step, `${value} came back as ${back[i]}`);
    }
  }));
});

Deno.test("rows are read by themselves, and codes and scales are no tensors of their own", async () => {
  const values = Float32Array.from({ length: 96 }, (_, i) => i % 32 - 8);
  for (const dtype of ["INT8", "INT4"] as const) {
    const source = widened(await saved(dtype, values, { columns: 32 }));
    assertEquals([...source.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]), [["w", "F32", [
      3,
      32,
    ]]]);
    const whole = toFloat32("F32", await source.read("w"));
    assertEquals(toFloat32("F32", await source.readRows("w", 1, 3)), whole.slice(32));
  }
});

Deno.test("codes whose scales are missing, of another shape or with zero points stay what they are", async () => {
  const tensor = (name: string, dtype: TensorToWrite["dtype"], shape: number[], size: number) => ({
    ...{ name, dtype, shape },
    bytes: () => new Uint8Array(size),
  });
  const codes = tensor("w", "I8", [3, 4], 12);
  const others = [
    [],
    [tensor("w_scale", "F32", [3], 12)],
    [tensor("w_scale", "F32", [4, 1], 16)],
    [tensor("w_scale", "I64", [3, 1], 24)],
    [tensor("w_scale", "F32", [3, 1], 12), tensor("w_zero_point", "I8", [3, 1], 3)],
  ];
  for (const other of others) {
    const source = await written([codes, ...other]);
    assertEquals(widened(source).tensors, source.tensors);
  }
});

Deno.test("numbers and scales that are not finite are refused, with the name of the tensor", async () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    await assertRejects(
      () => saved("INT8", Float32Array.of(1, wrong, 2, 3), { columns: 2 }),
      CheckpointError,
      `w: expected finite weights to save as codes but found ${wrong}`,
    );
  }
  for (const wrong of [NaN, Infinity, 3e38]) {
    const scales = Float32Array.of(1, 1, wrong);
    const source = await written([
      { name: "w", dtype: "I8", shape: [3, 2], bytes: () => new Uint8Array(6) },
      { name: "w_scale", dtype: "F32", shape: [3, 1], bytes: () => new Uint8Array(scales.buffer) },
    ]);
    await assertRejects(
      () => numbersOf(source),
      CheckpointError,
      `tensor "w_scale": expected scales with which all codes are finite numbers, found ${
        scales[2]
      } for row 2`,
    );
  }
});
