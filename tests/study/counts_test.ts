import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DataError } from "../../src/errors.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";
import { f1Of, testCounts, totalCounts } from "../../src/study/counts.ts";
import { exampleTags } from "./records.ts";

Deno.test("testCounts() counts by sentence, error, length, seen and long names, context and recovery", () => {
  assertEquals(testCounts(exampleTags), {
    sentences: { gold: [1, 1, 0, 1], predicted: [1, 1, 1, 1], correct: [1, 0, 0, 0] },
    errors: {
      correct: 1,
      wrongType: 1,
      tooShort: 1,
      tooLong: 0,
      shifted: 0,
      both: 0,
      missed: 0,
      invented: 1,
    },
    lengths: {
      "1": { gold: 1, predicted: 2, correct: 0 },
      "2": { gold: 1, predicted: 2, correct: 1 },
      "3": { gold: 0, predicted: 0, correct: 0 },
      "4+": { gold: 1, predicted: 0, correct: 0 },
    },
    lengthHistogram: { gold: [1, 1, 0, 1], predicted: [2, 2, 0, 0] },
    names: { seen: { gold: 1, correct: 0 }, unseen: { gold: 2, correct: 1 }, long: { gold: 1, correct: 0 } },
    context: { gold: 3, predicted: 1, correct: 1 },
    recovery: { correct: 3, total: 10 },
  });
});

Deno.test("testCounts() agrees with scoreSentences() on any tags", () => {
  const tag = fc.constantFrom("O", "B-X", "I-X", "I-X", "B-Y", "I-Y");
  const sentence = fc.array(fc.tuple(tag, tag, fc.constantFrom("a", "b")), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(sentence, { maxLength: 6 }), (sentences) => {
      const column = (i: 0 | 1 | 2) => sentences.map((words) => words.map((word) => word[i] as string));
      const [gold, predicted, words] = [column(0), column(1), column(2)];
      const trainingMentions = new Set(["a", "a b", "b b b"]);
      const report = scoreSentences(gold, predicted, { words, trainingMentions });
      const context = { absent: "it has no part here" };
      const counts = testCounts({
        ...{ gold, predicted, words, trainingMentions, context },
        recovery: context,
      });
      const { support, predicted: found, correct, f1 } = report.strict.micro;
      assertEquals(totalCounts(counts), { gold: support, predicted: found, correct });
      assertEquals(f1Of(totalCounts(counts)).toFixed(12), f1.toFixed(12));
      assertEquals(counts.errors, report.errors);
      for (const [group, score] of Object.entries(report.lengths)) {
        const { gold, predicted, correct } = counts.lengths[group as keyof typeof counts.lengths];
        assertEquals([gold, predicted, correct], [score.support, score.predicted, score.correct]);
      }
      for (const group of ["seen", "unseen"] as const) {
        const { support: gold, correct } = report.names![group];
        assertEquals(counts.names[group], { gold, correct });
      }
    }),
    { seed: 6 },
  );
});

Deno.test("testCounts() refuses lists that do not belong together", () => {
  assertThrows(
    () => testCounts({ ...exampleTags, words: exampleTags.words.slice(1) }),
    DataError,
    "Expected 4 sentences of words",
  );
  assertThrows(
    () => testCounts({ ...exampleTags, context: exampleTags.words.slice(1) }),
    DataError,
    "Expected 4 sentences of tags of masked names",
  );
});
