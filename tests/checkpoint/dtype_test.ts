import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFloat32, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { CheckpointError } from "../../src/errors.ts";
import { Random } from "../../src/random/random.ts";

const allHalves = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
const bytesOf = (array: { buffer: ArrayBuffer }) => new Uint8Array(array.buffer);
const bitsOf = (values: Float32Array<ArrayBuffer>) => new Uint32Array(values.buffer);

/**
 * Random float32 bits, and every number half-way between two neighbours of the 16-bit format with its own
 * neighbours.
 */
function hardFloats(toFloats: (halves: Uint16Array<ArrayBuffer>) => Float32Array): Float32Array<ArrayBuffer> {
  const random = new Random(3, "floats");
  const floats = toFloats(allHalves).filter((value) => Number.isFinite(value));
  const midpoints = Float32Array.from(floats, (value, i) => (value + (floats[i + 1] ?? value)) / 2);
  const bits = [...new Uint32Array(midpoints.buffer)].flatMap((word) => [word - 1, word, word + 1]);
  for (let i = 0; i < 100_000; i++) bits.push(random.uint32());
  return new Float32Array(Uint32Array.from(bits).buffer);
}

Deno.test("toFloat32() of F16 equals the platform's Float16Array on all 65,536 numbers", () => {
  const expected = Float32Array.from(new Float16Array(allHalves.buffer));
  const found = toFloat32("F16", bytesOf(allHalves));
  assertEquals(found, expected);
  assertEquals([found[0x8000], found[0x0001], found[0x7bff]], [-0, 2 ** -24, 65504]);
});

Deno.test("fromFloat32() to F16 equals the platform's Float16Array on random numbers and on every tie", () => {
  const values = hardFloats((halves) => Float32Array.from(new Float16Array(halves.buffer)));
  const found = new Float16Array(fromFloat32("F16", values).buffer);
  assertEquals(found, Float16Array.from(values));
});

Deno.test("toFloat32() of BF16 is the upper half of a float32, on all 65,536 numbers", () => {
  const found = bitsOf(toFloat32("BF16", bytesOf(allHalves)));
  assert(found.every((word, i) => word === i * 2 ** 16));
});

Deno.test("fromFloat32() to BF16 takes the nearest number, and of two the even one", () => {
  const values = hardFloats((halves) => toFloat32("BF16", bytesOf(halves)));
  const found = new Uint16Array(fromFloat32("BF16", values).buffer);
  const bits = bitsOf(values);
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) {
      assert((found[i] & 0x7fff) > 0x7f80, "NaN stays NaN");
      continue;
    }
    const lower = bits[i] >>> 16;
    const rest = bits[i] & 0xffff; // distance to `lower` in units of the last place of a float32
    const up = rest > 0x8000 || rest === 0x8000 && lower % 2 === 1;
    if (found[i] !== lower + (up ? 1 : 0)) throw new Error(`${values[i]}: found bits ${found[i]}`);
  }
});

Deno.test("16-bit numbers survive the way to float32 and back, NaN as some NaN", () => {
  for (const dtype of ["F16", "BF16"] as const) {
    const floats = toFloat32(dtype, bytesOf(allHalves));
    const back = new Uint16Array(fromFloat32(dtype, floats).buffer);
    assert(
      back.every((half, i) =>
        Number.isNaN(floats[i])
          ? Number.isNaN(toFloat32(dtype, bytesOf(Uint16Array.of(half)))[0])
          : half === i
      ),
    );
  }
});

Deno.test("toFloat32() and fromFloat32() keep every bit of F32 and take views at odd addresses", () => {
  const bits = Uint32Array.of(0x7fc00001, 0x00000001, 0x80000000, 0xff800000);
  const shifted = new Uint8Array(17);
  shifted.set(bytesOf(bits), 1);
  const floats = toFloat32("F32", shifted.subarray(1));
  assertEquals(bitsOf(floats), bits);
  assertEquals(fromFloat32("F32", floats), bytesOf(bits));
});

Deno.test("toFloat32() refuses a dtype that is no float Lacuna knows", () => {
  assertThrows(
    () => toFloat32("I64", new Uint8Array(8)),
    CheckpointError,
    "expected a tensor of F32, F16 or BF16",
  );
});
