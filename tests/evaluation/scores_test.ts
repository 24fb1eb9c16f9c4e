import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DataError, OptionError } from "../../src/errors.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";
import { assertSameScore, assertSameScores, type Golden, readGolden, tagsOf } from "./seqeval.ts";

const split = (...sentences: string[]) => sentences.map((sentence) => sentence.split(" "));

Deno.test("scoreSentences() equals seqeval to the last digit on 780 pinned pairs of tag strings", async () => {
  const { pairs } = await readGolden<Golden>("seqeval.json");
  assertEquals(pairs.length, 780);
  for (const [gold, predicted, strict, lenient] of pairs) {
    const report = scoreSentences([tagsOf(gold)], [tagsOf(predicted)]);
    assertSameScore(report.strict.micro, strict, `${gold} ${predicted}, strict`);
    assertSameScore(report.lenient.micro, lenient ?? strict, `${gold} ${predicted}, lenient`);
  }
});

Deno.test("scoreSentences() equals seqeval on corpora: micro, macro, weighted and each type", async () => {
  const { pairs, corpora } = await readGolden<Golden>("seqeval.json");
  for (const [numbers, strict, lenient] of corpora) {
    const chosen = numbers.map((n) => pairs[n]);
    const report = scoreSentences(chosen.map(([gold]) => tagsOf(gold)), chosen.map(([, p]) => tagsOf(p)));
    assertSameScores(report.strict, strict, `pairs ${numbers}, strict`);
    assertSameScores(report.lenient, lenient, `pairs ${numbers}, lenient`);
  }
});

Deno.test("scoreSentences() equals seqeval with 7, 8, 12 and 20 types, where the order of a sum shows", async () => {
  const { manyTypes } = await readGolden<Golden>("seqeval.json");
  const sentences = (text: string) => text.slice(0, -2).split(" / ").map((sentence) => sentence.split(" "));
  for (const [gold, predicted, strict, lenient] of manyTypes) {
    const report = scoreSentences(sentences(gold), sentences(predicted));
    assertSameScores(report.strict, strict, "strict");
    assertSameScores(report.lenient, lenient, "lenient");
  }
});

Deno.test("by length, recall goes by the gold length and precision by the predicted length", () => {
  const gold = split("B-PER I-PER I-PER O", "B-LOC O B-ORG O", "B-DATE I-DATE I-DATE I-DATE I-DATE");
  const predicted = split("B-PER I-PER O O", "B-LOC O B-ORG O", "B-DATE I-DATE I-DATE I-DATE I-DATE");
  const { lengths, long } = scoreSentences(gold, predicted);
  assertEquals(Object.keys(lengths), ["1", "2", "3", "4+"]);
  assertEquals(lengths["1"], { precision: 1, recall: 1, f1: 1, support: 2, predicted: 2, correct: 2 });
  // The gold name of 3 words was predicted with 2: it costs recall at 3 and precision at 2.
  assertEquals(lengths["2"], { precision: 0, recall: 0, f1: 0, support: 0, predicted: 1, correct: 0 });
  assertEquals(lengths["3"], { precision: 0, recall: 0, f1: 0, support: 1, predicted: 0, correct: 0 });
  assertEquals(lengths["4+"], { precision: 1, recall: 1, f1: 1, support: 1, predicted: 1, correct: 1 });
  assertEquals(long, { precision: 1, recall: 1 / 2, f1: 2 / 3, support: 2, predicted: 1, correct: 1 });
});

Deno.test("names count as seen when their text is a mention in training, whatever its type or length", () => {
  const words = split("Asha Juma wa Tanga", "tanga na Pemba na Moshi");
  const gold = split("B-PER I-PER O B-LOC", "O O B-LOC O B-LOC");
  const predicted = split("B-PER I-PER O B-ORG", "B-LOC O B-LOC O O");
  const trainingMentions = new Set(["Tanga", "Pemba", "Juma"]);
  const { names } = scoreSentences(gold, predicted, { trainingMentions, words });
  // Seen: Tanga (predicted with the wrong type) and Pemba (right).
  assertEquals(names?.seen, { precision: 0.5, recall: 0.5, f1: 0.5, support: 2, predicted: 2, correct: 1 });
  // Unseen: "Asha Juma" is right, Moshi is missed, "tanga" in small letters is invented.
  assertEquals(names?.unseen, { precision: 0.5, recall: 0.5, f1: 0.5, support: 2, predicted: 2, correct: 1 });
  assertEquals(scoreSentences(gold, predicted).names, null);
});

Deno.test("sentences are counted: all, with entities, and with exactly the right entities", () => {
  const gold = split("B-PER O", "O O", "O O", "B-LOC B-LOC");
  const predicted = split("B-PER O", "O O", "B-LOC O", "B-LOC I-LOC");
  assertEquals(scoreSentences(gold, predicted).sentences, { total: 4, withEntities: 2, correct: 2 });
});

Deno.test("a tagger that predicts nothing is named as collapsed, and its scores are 0, not NaN", () => {
  const report = scoreSentences(split("B-PER O O O"), split("O O O O"));
  assertEquals(report.collapsed, true);
  assertEquals(
    report.collapse,
    "All 4 words are tagged O although 1 of them carry an entity in gold: the tagger has collapsed",
  );
  assertEquals(report.strict.micro, { precision: 0, recall: 0, f1: 0, support: 1, predicted: 0, correct: 0 });
  assertEquals(report.strict.weighted, { precision: 0, recall: 0, f1: 0, support: 1 });
});

Deno.test("one tag on more than 99.5 % of the words is a collapse, unless gold is as lopsided", () => {
  const sentence = (
    tag: string,
    others: number,
  ) => [...Array(1000 - others).fill(tag), ...Array(others).fill("B-X")];
  const collapse = (gold: string[], predicted: string[]) => scoreSentences([gold], [predicted]).collapse;
  assertEquals(
    collapse(sentence("O", 100), sentence("O", 4)),
    "99.6 % of the 1000 words are tagged O, in gold 90.0 %: the tagger has collapsed",
  );
  assertEquals(
    collapse(sentence("O", 100), sentence("I-X", 4))?.startsWith("99.6 % of the 1000 words are tagged I-X"),
    true,
  );
  assertEquals(collapse(sentence("O", 100), sentence("O", 5)), null);
  assertEquals(collapse(sentence("O", 4), sentence("O", 3)), null);
  assertEquals(collapse(sentence("O", 0), sentence("O", 0)), null);
});

Deno.test("scores of nothing are 0 and the report is plain JSON", () => {
  const report = scoreSentences([], []);
  assertEquals(report.strict.macro, { precision: 0, recall: 0, f1: 0, support: 0 });
  assertEquals(report.collapsed, false);
  assertEquals(JSON.parse(JSON.stringify(report)), report);
});

Deno.test("gold scored against itself is perfect in every group", () => {
  const tag = fc.constantFrom("O", "B-X", "I-X", "B-Y", "I-Y");
  fc.assert(
    fc.property(fc.array(fc.array(tag, { maxLength: 8 })), (gold) => {
      const { strict, lenient, lengths, sentences, collapsed } = scoreSentences(gold, gold);
      const scores = [strict.micro, lenient.micro, ...Object.values(strict.types), ...Object.values(lengths)];
      for (const { f1, support } of scores) assertEquals(f1, support === 0 ? 0 : 1);
      assertEquals(sentences.correct, sentences.total);
      assertEquals(collapsed, false);
    }),
    { seed: 4 },
  );
});

Deno.test("groups by length and by name add up to the whole", () => {
  const tag = fc.constantFrom("O", "B-X", "I-X", "B-Y", "I-Y");
  const sentence = fc.array(fc.tuple(tag, tag, fc.constantFrom("a", "b", "c")), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(sentence), (sentences) => {
      const column = (i: 0 | 1 | 2) => sentences.map((rows) => rows.map((row) => row[i]));
      const words = column(2);
      const trainingMentions = new Set(["a", "a b", "b c"]);
      const report = scoreSentences(column(0), column(1), { trainingMentions, words });
      for (const groups of [report.lengths, report.names!]) {
        for (const count of ["support", "predicted", "correct"] as const) {
          const sum = Object.values(groups).reduce((total, score) => total + score[count], 0);
          assertEquals(sum, report.strict.micro[count]);
        }
      }
    }),
    { seed: 5 },
  );
});

Deno.test("sides that do not fit together are refused with the sentence's number", () => {
  const gold = split("O O", "O O O");
  assertThrows(
    () => scoreSentences(gold, split("O O")),
    DataError,
    "Expected 2 sentences of predicted tags, one for each gold sentence, but found 1",
  );
  assertThrows(
    () => scoreSentences(gold, split("O O", "O O")),
    DataError,
    "Expected 3 predicted tags in sentence 2, one for each gold tag, but found 2",
  );
  assertThrows(
    () => scoreSentences(gold, gold, { words: split("a b", "a b"), trainingMentions: new Set() }),
    DataError,
    "Expected 3 words in sentence 2",
  );
  assertThrows(
    () => scoreSentences(gold, split("O O", "O PER O")),
    DataError,
    'found "PER" at word 2 of predicted sentence 2',
  );
  assertThrows(() => scoreSentences(gold, gold, { words: gold }), OptionError, "give both");
});
