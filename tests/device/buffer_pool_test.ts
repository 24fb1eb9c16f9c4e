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

Deno.test("buffers of all sizes that come and go keep at most half more than was ever in use, but for what is in use and too large", () => {
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
      const wasted = buffers.map(({ byteLength }, i) => byteLength - sizeClass(step[i]));
      assert(pool.reservedBytes - wasted.reduce((sum, bytes) => sum + bytes) <= 1.5 * pool.peakBytes);
      for (const buffer of buffers) pool.give(buffer);
    }
    pool.close();
    assertEquals([made, pool.liveBytes, pool.reservedBytes], [0, 0, 0]);
  }));
});

Deno.test("the buffers of a batch serve every smaller batch", () => {
  const requests = fc.array(fc.integer({ min: 512, max: 2 ** 16 }), { minLength: 1, maxLength: 12 });
  const shares = fc.array(fc.double({ min: 0.1, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(requests, shares, (largest, batches) => {
    const pool = new BufferPool({
      keeps: true,
      create: (byteLength) => ({ byteLength }),
      destroy() {},
    });
    for (const share of [1, ...batches]) {
      const buffers = largest.map((bytes) => pool.take(Math.ceil(bytes * share), "activation"));
      for (const buffer of buffers) pool.give(buffer);
      assertEquals(pool.created, largest.length);
    }
  }));
});
