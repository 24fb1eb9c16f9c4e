import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BufferPool, sizeClass } from "../../src/device/buffer_pool.ts";

Deno.test("a size class holds what is asked for and wastes at most an eighth of a larger request", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 30 }), (bytes) => {
    const size = sizeClass(bytes);
    assert(size >= bytes && size % 256 === 0);
    assert(size - bytes <= Math.max(256, bytes / 8));
  }));
});

Deno.test("buffers of all sizes that come and go keep at most half more than was ever in use", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 2 ** 20 }), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(fc.array(sizes, { minLength: 1, maxLength: 30 }), (steps) => {
    let made = 0;
    const pool = new BufferPool({
      keeps: true,
      create(byteLength) {
        made += byteLength;
        return { byteLength };
      },
      destroy({ byteLength }) {
        made -= byteLength;
      },
    });
    for (const step of steps) {
      const buffers = step.map((bytes) => pool.take(bytes, "activation"));
      assertEquals(pool.reservedBytes, made);
      assert(pool.reservedBytes <= 1.5 * pool.peakBytes);
      for (const buffer of buffers) pool.give(buffer);
    }
    pool.close();
    assertEquals([made, pool.liveBytes, pool.reservedBytes], [0, 0, 0]);
  }));
});
