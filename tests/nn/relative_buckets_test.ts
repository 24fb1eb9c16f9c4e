import { assertEquals } from "@std/assert";
import { relativeBuckets } from "../../src/nn/relative_buckets.ts";

/** The row of the table that a distance reads. */
function rowOf(length: number, options: Parameters<typeof relativeBuckets>[1]) {
  const { firstRow, bucketOf } = relativeBuckets(length, options);
  return (distance: number) => firstRow + bucketOf[length - 1 + distance];
}

Deno.test("near distances have a row each, far ones share rows in steps that grow, as in transformers", () => {
  // mDeBERTa's sizes; the numbers are those of build_relative_position in transformers 5.23, to which 256 is
  // added.
  const row = rowOf(700, { span: 256, logarithmic: 512 });
  assertEquals([0, 1, -1, 128, -128].map(row), [256, 257, 255, 384, 128]);
  const far = [385, 386, 393, 425, 463, 511, 511];
  assertEquals([129, 130, 140, 200, 300, 511, 600].map(row), far);
  assertEquals([-129, -300, -511, -600].map(row), [127, 49, 1, 0]);
});

Deno.test("without buckets every distance has a row, up to the ends of the table", () => {
  const row = rowOf(40, { span: 33, logarithmic: undefined });
  assertEquals([0, 5, 32, 39, -33, -39].map(row), [33, 38, 65, 65, 0, 0]);
});

Deno.test("only rows between the furthest distances are read, and ranges list the distances of each", () => {
  const { firstRow, buckets, bucketOf, rangeOf } = relativeBuckets(30, { span: 8, logarithmic: 24 });
  assertEquals([firstRow, buckets], [0, 16]);
  assertEquals(relativeBuckets(3, { span: 8, logarithmic: 24 }).firstRow, 6);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const [first, end] = rangeOf.subarray(2 * bucket);
    const distances = [...bucketOf.keys()].filter((distance) => bucketOf[distance] === bucket);
    assertEquals(distances, Array.from({ length: end - first }, (_, i) => first + i));
  }
});
