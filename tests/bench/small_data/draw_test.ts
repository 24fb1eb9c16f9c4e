import { assert, assertEquals } from "@std/assert";
import { drawOf } from "../../../bench/small_data/draw.ts";
import type { Sentence } from "../../../src/data/sentence.ts";
import { sampleOf } from "../../../src/study/study_data.ts";

const sentence = (word: string): Sentence => ({ words: [word, "."], tags: ["O", "O"] });
const many = (name: string, count: number) => Array.from({ length: count }, (_, i) => sentence(name + i));
const data = {
  name: "swa",
  training: many("train", 300),
  dev: many("dev", 250),
  test: [...many("test", 20), ...many("train", 300)],
  labels: ["O"],
};

Deno.test("a draw has the training sentences that compare draws for the same size and seed", () => {
  for (const [size, seed] of [[25, 1], [250, 7]]) {
    assertEquals(
      drawOf(data, { size, seed, testLimit: 0 }).training,
      sampleOf(data, { size, seed }).training,
    );
  }
});

Deno.test("dev of a draw has the same hundred sentences at every size", () => {
  const [small, large] = [25, 250].map((size) => drawOf(data, { size, seed: 3, testLimit: 0 }).dev);
  assertEquals(small.length, 100);
  assertEquals(large, small);
});

Deno.test("test of a draw has no sentence of its training sample, and all others", () => {
  const { training, test } = drawOf(data, { size: 100, seed: 2, testLimit: 0 });
  assertEquals(test.length, 320 - 100);
  const known = new Set(training.map(({ words }) => words[0]));
  assert(!test.some(({ words }) => known.has(words[0])));
});
