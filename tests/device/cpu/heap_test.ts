import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Block, Heap } from "../../../src/device/cpu/heap.ts";
import { DeviceError } from "../../../src/errors.ts";

const PAGE = 65536;

function heapOf({ pages = 1, maximum = 1024, start = 64 } = {}): Heap {
  return new Heap(new WebAssembly.Memory({ initial: pages, maximum }), start);
}

Deno.test("a block is at least as large as asked for, begins at a cache line and lies in the memory", () => {
  const heap = heapOf();
  const blocks = [1, 64, 65, 100_000].map((bytes) => heap.take(bytes, "block"));
  assertEquals(blocks.map(({ byteLength }) => byteLength), [64, 64, 128, 100_032]);
  for (const { address } of blocks) assertEquals(address % 64, 0);
  const last = blocks[3];
  assert(last.address + last.byteLength < heap.memory.buffer.byteLength);
});

Deno.test("neighbours that are given back become one block, whichever comes first", () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2]]) {
    const heap = heapOf();
    const blocks = [0, 1, 2].map(() => heap.take(128, "block"));
    heap.take(64, "what comes after");
    for (const i of order) heap.give(blocks[i]);
    const { address, byteLength } = heap.take(384, "all three");
    assertEquals({ address, byteLength }, { address: blocks[0].address, byteLength: 384 });
  }
});

Deno.test("the memory grows by what is missing and no more", () => {
  const heap = heapOf();
  heap.take(10 * PAGE, "table");
  assertEquals(heap.memory.buffer.byteLength, 11 * PAGE);
  heap.take(100, "row");
  assertEquals(heap.memory.buffer.byteLength, 11 * PAGE);
});

Deno.test("a block is as busy as the busiest of what it is made of, and new memory is not", () => {
  for (const order of [[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 0, 2]]) {
    const heap = heapOf();
    const blocks = [0, 1, 2].map(() => heap.take(128, "block"));
    const after = heap.take(64, "what comes after");
    blocks.forEach((block, i) => block.busyUntil = [5, 9, 7][i]);
    after.busyUntil = 20;
    for (const i of order) heap.give(blocks[i]);
    const parts = [64, 320, 64].map((bytes) => heap.take(bytes, "part").busyUntil);
    assertEquals(parts, [9, 9, 0]);
  }
});

Deno.test("a full memory is refused in a sentence that says what helps, and what was there stays in use", () => {
  const heap = heapOf({ maximum: 4 });
  const small = heap.take(PAGE, "small");
  const { message } = assertThrows(() => heap.take(4 * PAGE, "gradients"), DeviceError);
  assert(message.startsWith("No memory for 262144 bytes (gradients): the CPU device has taken "), message);
  assert(message.includes("use a smaller batchTokens, recompute, freezeEmbeddings"), message);
  heap.give(small);
  assertEquals(heap.take(PAGE, "small").address, small.address);
});

Deno.test("blocks in use never overlap, and all memory can be had again when they are given back", () => {
  const step = fc.record({ bytes: fc.integer({ min: 0, max: 5000 }), give: fc.nat() });
  fc.assert(fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
    const heap = heapOf();
    const live: Block[] = [];
    for (const { bytes, give } of steps) {
      if (give % 3 === 0 && live.length > 0) heap.give(live.splice(give % live.length, 1)[0]);
      const block = heap.take(bytes, "block");
      for (const other of live) {
        const apart = block.address + block.byteLength <= other.address ||
          other.address + other.byteLength <= block.address;
        assert(apart, `${block.address} lies in ${other.address}`);
      }
      live.push(block);
    }
    const end = Math.max(64, ...live.map(({ address, byteLength }) => address + byteLength));
    for (const block of live) heap.give(block);
    assertEquals(heap.take(end - 64, "everything").address, 64);
  }));
});
