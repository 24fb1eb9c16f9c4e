import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  type Chain,
  legalChain,
  logPartition,
  marginals,
  pathScore,
  viterbi,
  wordsOf,
} from "../../src/crf/linear_chain.ts";
import { OptionError } from "../../src/errors.ts";

const TAGS = 3;

/** Chains of 1 to 4 words; one score in six is minus infinity, and whole numbers make ties. */
const chains = fc.integer({ min: 1, max: 4 }).chain((words) => {
  const score = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: -40, max: 40 }).map((n) => n / 8) },
    { weight: 1, arbitrary: fc.constant(-Infinity) },
  );
  const scores = (count: number) =>
    fc.array(score, { minLength: count, maxLength: count }).map((list) => Float64Array.from(list));
  return fc.record<Chain>({
    emissions: scores(words * TAGS),
    transitions: scores(TAGS * TAGS),
    start: scores(TAGS),
    end: scores(TAGS),
  });
});

/** All paths of so many words, the last tag varying slowest, which is the order in which ties are broken. */
function paths(words: number): number[][] {
  if (words === 0) return [[]];
  return Array.from({ length: TAGS }, (_, tag) => paths(words - 1).map((path) => [...path, tag])).flat();
}

const close = (actual: number, expected: number, what = "") => {
  if (actual !== expected) assertAlmostEquals(actual, expected, 1e-12 * (1 + Math.abs(expected)), what);
};

Deno.test("partition, marginals and the best path are those of all paths, listed (1 to 4 words, 3 tags, 1e-12)", () => {
  fc.assert(
    fc.property(chains, (chain) => {
      const words = wordsOf(chain);
      const all = paths(words);
      const scores = all.map((path) => pathScore(chain, path));
      const highest = Math.max(...scores);
      if (highest === -Infinity) {
        assertEquals(logPartition(chain), -Infinity);
        assertThrows(() => marginals(chain), OptionError, "not forbidden");
        assertThrows(() => viterbi(chain), OptionError, "not forbidden");
        return;
      }
      const sum = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      const logZ = highest + Math.log(sum);
      close(logPartition(chain), logZ);
      const unary = new Float64Array(words * TAGS);
      const pairwise = new Float64Array((words - 1) * TAGS * TAGS);
      all.forEach((path, p) => {
        const probability = Math.exp(scores[p] - logZ);
        path.forEach((tag, word) => {
          unary[word * TAGS + tag] += probability;
          if (word > 0) pairwise[((word - 1) * TAGS + path[word - 1]) * TAGS + tag] += probability;
        });
      });
      const found = marginals(chain);
      close(found.logPartition, logZ);
      found.unary.forEach((probability, i) => close(probability, unary[i], `unary ${i}`));
      found.pairwise.forEach((probability, i) => close(probability, pairwise[i], `pairwise ${i}`));
      assertEquals([...viterbi(chain)], all[scores.indexOf(highest)]);
    }),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("marginals() are the gradient of the partition (central differences, 1e-8)", () => {
  const numbers = (count: number, seed: number) =>
    Float64Array.from({ length: count }, (_, i) => 2 * Math.sin(3 * i + seed));
  const chain = {
    emissions: numbers(4 * TAGS, 1),
    transitions: numbers(TAGS * TAGS, 2),
    start: numbers(TAGS, 3),
    end: numbers(TAGS, 4),
  };
  const { unary, pairwise } = marginals(chain);
  const gradients = {
    emissions: unary,
    transitions: Float64Array.from(
      chain.transitions,
      (_, i) => [0, 1, 2].reduce((sum, word) => sum + pairwise[word * TAGS * TAGS + i], 0),
    ),
    start: unary.subarray(0, TAGS),
    end: unary.subarray(-TAGS),
  };
  for (const name of ["emissions", "transitions", "start", "end"] as const) {
    chain[name].forEach((value, i) => {
      const at = (offset: number) => {
        const moved = chain[name].slice();
        moved[i] = value + offset;
        return logPartition({ ...chain, [name]: moved });
      };
      assertAlmostEquals(gradients[name][i], (at(1e-5) - at(-1e-5)) / 2e-5, 1e-8, `${name} ${i}`);
    });
  }
});

Deno.test("scores of any size overflow nothing, also where the only path is far below all that leads nowhere", () => {
  const chain = {
    emissions: Float64Array.of(5000, -5000, 0, 0, 5000, 5000),
    transitions: Float64Array.of(0, -Infinity, 0, 3000),
    start: new Float64Array(2),
    end: Float64Array.of(-Infinity, 0),
  };
  // Only the second tag may end, and only itself leads to it.
  assertEquals(logPartition(chain), -5000 + 3000 + 0 + 3000 + 5000);
  assertEquals([...viterbi(chain)], [1, 1, 1]);
  assertEquals([...marginals(chain).unary], [0, 1, 0, 1, 0, 1]);
});

Deno.test("no word has one path, of score 0", () => {
  const chain = { ...legalChain(["O", "B-X"]), emissions: new Float64Array(0) };
  assertEquals(logPartition(chain), 0);
  assertEquals(pathScore(chain, []), 0);
  assertEquals(viterbi(chain).length, 0);
  assertEquals(marginals(chain).unary.length, 0);
});

Deno.test("legalChain() lets I-X stand after B-X and I-X alone", () => {
  const labels = ["O", "B-X", "I-X", "B-Y", "I-Y"];
  const { transitions, start, end } = legalChain(labels);
  const allowed = labels.map((_, i) => labels.filter((_, j) => transitions[i * labels.length + j] === 0));
  assertEquals(allowed, [
    ["O", "B-X", "B-Y"],
    ["O", "B-X", "I-X", "B-Y"],
    ["O", "B-X", "I-X", "B-Y"],
    ["O", "B-X", "B-Y", "I-Y"],
    ["O", "B-X", "B-Y", "I-Y"],
  ]);
  assertEquals(labels.filter((_, i) => start[i] === 0), ["O", "B-X", "B-Y"]);
  assertEquals([...end], [0, 0, 0, 0, 0]);
  assertThrows(() => legalChain(["O", "S-X"]), OptionError, '"S-X"');
});
