import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { int8Rows, scalesOf, widenRows } from "../../src/checkpoint/int8_rows.ts";
import { CheckpointError } from "../../src/errors.ts";

/** A matrix in pieces of so many numbers, as it comes from a device. */
async function* inPieces(values: Float32Array, length: number): AsyncGenerator<Float32Array> {
  for (let at = 0; at < values.length; at += length) yield await values.slice(at, at + length);
}

async function packed(values: Float32Array, { columns, piece = 3 }: { columns: number; piece?: number }) {
  const rows = values.length / columns;
  const scales = await scalesOf("w", inPieces(values, piece), { rows, columns });
  const codes: number[] = [];
  for await (const bytes of int8Rows(inPieces(values, piece), { scales, columns })) {
    codes.push(...new Int8Array(bytes.buffer));
  }
  return { scales, codes: Int8Array.from(codes) };
}

Deno.test("the largest number of a row gets the code 127, and a row of zeros stays one", async () => {
  const values = Float32Array.of(1, -2, 0.5, 0, 0, 0, 1e-3, 4e-4, -1e-3);
  const { scales, codes } = await packed(values, { columns: 3 });
  assertEquals(scales, Float32Array.of(2 / 127, 0, 1e-3 / 127));
  assertEquals(codes, Int8Array.of(64, -127, 32, 0, 0, 0, 127, 51, -127));
});

Deno.test("rows of int8 are within half a step of the numbers, however these come in pieces, and are the same when saved again", async () => {
  const matrix = fc.tuple(
    fc.float32Array({ minLength: 12, maxLength: 12, noNaN: true, min: -(2 ** 126), max: 2 ** 126 }),
    fc.integer({ min: 1, max: 12 }),
  );
  await fc.assert(fc.asyncProperty(matrix, async ([any, piece]) => {
    const values = any.map((value) => Math.abs(value) < 1e-30 ? 0 : value); // subnormal numbers have few digits
    const { scales, codes } = await packed(values, { columns: 4, piece });
    const back = widenRows(codes, scales);
    for (const [i, value] of values.entries()) {
      assert(
        Math.abs(back[i] - value) <= scales[Math.floor(i / 4)] * 0.5001,
        `${value} came back as ${back[i]}`,
      );
    }
    assertEquals((await packed(back, { columns: 4 })).codes, codes);
  }));
});

Deno.test("numbers that are not finite are refused, with the name of the matrix", async () => {
  for (const wrong of [NaN, Infinity, -Infinity]) {
    await assertRejects(
      () => packed(Float32Array.of(1, wrong, 2, 3), { columns: 2 }),
      CheckpointError,
      `w: expected finite weights to save as int8 but found ${Math.abs(wrong)}`,
    );
  }
});
