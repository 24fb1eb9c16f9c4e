import { assertEquals, assertThrows } from "@std/assert";
import { IGNORED, labelledSequences, pack } from "../../src/data/packed_batch.ts";

const first = {
  encoded: { ids: [2, 10, 11, 12, 3], labelRows: [1, 3], words: ["Asha", undefined] },
  labels: [4, IGNORED],
};
const second = {
  encoded: { ids: [2, 20, 3], labelRows: [1] },
  labels: [5],
};

Deno.test("pack() puts sequences one after another and moves the label rows with them", () => {
  assertEquals(pack([first, second]), {
    ids: Uint32Array.of(2, 10, 11, 12, 3, 2, 20, 3),
    positions: Uint32Array.of(0, 1, 2, 3, 4, 0, 1, 2),
    cuSeqlens: Uint32Array.of(0, 5, 8),
    labelRows: Uint32Array.of(1, 3, 6),
    words: ["Asha", undefined, undefined],
    labels: Int32Array.of(4, IGNORED, 5),
  });
});

Deno.test("pack() gives a batch of no tokens for no examples, and of no rows for sequences without label rows", () => {
  assertEquals(pack([]).cuSeqlens, Uint32Array.of(0));
  const bare = pack([{
    encoded: { ids: [2, 3], labelRows: [] },
    labels: [],
  }]);
  assertEquals([bare.cuSeqlens, bare.labelRows], [Uint32Array.of(0, 2), new Uint32Array(0)]);
});

Deno.test("labelledSequences() tells where the label rows of each sequence begin, of those that have some", () => {
  const bare = { encoded: { ids: [2, 3], labelRows: [] }, labels: [] };
  assertEquals(labelledSequences(pack([bare, first, bare, second, bare])), Uint32Array.of(0, 2, 3));
  assertEquals(labelledSequences(pack([bare])), Uint32Array.of(0));
});

Deno.test("pack() refuses another number of labels than label rows", () => {
  assertEquals(
    assertThrows(() => pack([{ ...first, labels: [1] }]), RangeError).message,
    "Expected one label a label row but found 1 labels and 2 rows",
  );
});
