import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { OptionError } from "../../src/errors.ts";
import {
  checkObjective,
  maskedSequence,
  type Objective,
  objectives,
  trainingSequences,
} from "../../src/masking/objective.ts";
import { maskingStrategy } from "../../src/masking/registry.ts";
import { Random } from "../../src/random/random.ts";
import { anyWindow, vocabulary, windowOf } from "./windows.ts";

const encoded = windowOf(new Array(20).fill(1)); // 3 subwords to mask, for certain
const labels = encoded.labelRows.map((_, i) => i % 3);
const options = { strategy: maskingStrategy("span"), vocabulary };
const clean = {
  ids: encoded.ids,
  wordOf: encoded.wordOf,
  labelRows: encoded.labelRows,
  labels,
  words: encoded.words,
  mlmRows: [],
  mlmTargets: [],
  spans: [],
};

Deno.test("trainingSequences() gives the sentence alone for the objective none", () => {
  const sequences = trainingSequences({ encoded, labels }, {
    strategy: maskingStrategy("none"),
    vocabulary,
    objective: "none",
    streams: [new Random(1)],
  });
  assertEquals(sequences, [clean]);
});

Deno.test("trainingSequences() adds a masked copy with the same tags for the objective corrupt", () => {
  const sequences = trainingSequences({ encoded, labels }, {
    ...options,
    objective: "corrupt",
    streams: [new Random(1)],
  });
  const [original, copy] = sequences;
  assertEquals(sequences.length, 2);
  assertEquals(original, clean);
  const { unmaskedIds, ...masked } = copy;
  assertEquals(unmaskedIds, encoded.ids);
  assertEquals({ ...masked, ids: [], words: [], spans: [] }, { ...clean, ids: [], words: [] });
  const [{ start, end }] = copy.spans;
  assertEquals(copy.words, encoded.words.map((word, i) => start <= i + 1 && i + 1 < end ? undefined : word));
  assertEquals(copy.spans.reduce((sum, { start, end }) => sum + end - start, 0), 3);
});

Deno.test("trainingSequences() has the masked copy in the sentence's place for the objective replace", () => {
  const sequencesOf = (objective: Objective, ...streams: Random[]) =>
    trainingSequences({ encoded, labels }, { ...options, objective, streams });
  const [, copy] = sequencesOf("corrupt", new Random(1));
  assertEquals(sequencesOf("replace", new Random(1)), [copy]);
  assertEquals(sequencesOf("replace"), [clean]);
});

Deno.test("trainingSequences() adds a masked copy with targets and without tags for the objective joint", () => {
  const [original, copy] = trainingSequences({ encoded, labels }, {
    ...options,
    objective: "joint",
    streams: [new Random(1)],
  });
  assertEquals(original, clean);
  assertEquals([copy.labelRows, copy.labels], [[], []]);
  assertEquals(copy.mlmRows.length, 3);
  assertEquals(copy.mlmTargets, copy.mlmRows.map((row) => encoded.ids[row]));
});

Deno.test("trainingSequences() adds a copy for each stream, each with gaps of its own and the first as if alone", () => {
  for (const objective of ["corrupt", "joint"] as const) {
    const sequencesOf = (...seeds: number[]) =>
      trainingSequences({ encoded, labels }, {
        ...options,
        objective,
        streams: seeds.map((seed) => new Random(seed)),
      });
    const [original, first, second, third, ...others] = sequencesOf(1, 2, 3);
    assertEquals(others, []);
    assertEquals([original, first], sequencesOf(1));
    assertEquals([original, second, third], sequencesOf(2, 3));
    assertNotEquals(first, second);
  }
});

Deno.test("trainingSequences() leaves rows, words and labels right for any sentence and objective", () => {
  fc.assert(
    fc.property(
      anyWindow,
      fc.constantFrom(...objectives),
      fc.constantFrom("token", "word", "span", "entity", "context"),
      fc.nat(),
      ({ encoded, tags }, objective, name, seed) => {
        const labels = encoded.labelRows.map((_, i) => i);
        const streams = [new Random(seed), new Random(seed, 1)];
        const sequences = trainingSequences({ encoded, labels, tags }, {
          strategy: maskingStrategy(name),
          vocabulary,
          objective,
          streams,
        });
        for (const { ids, wordOf, labelRows, labels, mlmRows, mlmTargets, spans } of sequences) {
          assertEquals(wordOf, encoded.wordOf);
          assertEquals(labelRows.map((row) => wordOf[row] - encoded.firstWord), labels);
          assertEquals(mlmTargets, mlmRows.map((row) => encoded.ids[row]));
          const inSpans = new Set(spans.flatMap(({ start, end }) => [...ids.keys()].slice(start, end)));
          ids.forEach((id, row) => assert(inSpans.has(row) || id === encoded.ids[row]));
        }
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("trainingSequences() adds no copy where nothing is masked", () => {
  const empty = windowOf([]);
  for (const objective of objectives) {
    const sequences = trainingSequences({ encoded: empty, labels: [] }, {
      ...options,
      objective,
      streams: [new Random(1)],
    });
    assertEquals(sequences.length, 1);
  }
  assertEquals(maskedSequence({ encoded: empty }, { ...options, random: new Random(1) }), null);
});

Deno.test("checkObjective() accepts a masking strategy with a use for it, and none and prompt without", () => {
  for (const name of ["token", "word", "span", "entity", "context"]) {
    checkObjective("corrupt", maskingStrategy(name));
    checkObjective("joint", maskingStrategy(name));
  }
  checkObjective("none", maskingStrategy("none"));
  checkObjective("none", maskingStrategy("prompt"));
});

Deno.test("checkObjective() refuses what cannot work, with the reason", () => {
  assertThrows(
    () => checkObjective("mlm", maskingStrategy("span")),
    OptionError,
    'Expected objective to be one of none, corrupt, replace, joint but found "mlm"',
  );
  assertThrows(
    () => checkObjective("none", maskingStrategy("span")),
    OptionError,
    "Expected objective corrupt, replace or joint for masking span but found none",
  );
  assertThrows(
    () => checkObjective("joint", maskingStrategy("prompt")),
    OptionError,
    "Expected objective none for masking prompt but found joint",
  );
});
