import { assert } from "@std/assert";
import fc from "fast-check";
import { sizeClass } from "../../src/device/buffer_pool.ts";

Deno.test("a size class holds what is asked for and wastes at most an eighth of a larger request", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (bytes) => {
    const size = sizeClass(bytes);
    assert(size >= bytes && size % 256 === 0);
    assert(size - bytes <= Math.max(256, bytes / 8));
  }));
});
