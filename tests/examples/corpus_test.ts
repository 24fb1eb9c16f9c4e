import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkCorpus,
  type Corpus,
  mentionsOf,
  parseCorpus,
  readCorpus,
} from "../../examples/corpus/check.ts";
import { DataError } from "../../src/errors.ts";

Deno.test("the embedded corpus holds every promise of its README", async () => {
  const report = checkCorpus(await readCorpus());
  assertEquals(report.problems, []);
  assert(report.unseen >= 0.4 && report.lookupF1 <= 0.55);
});

Deno.test("checkCorpus() names template sentences, seen names and missing mention lengths", async () => {
  const corpus = await readCorpus();
  const { words, tags } = corpus.train.find((sentence) => mentionsOf(sentence).length === 1)!;
  const { start } = mentionsOf({ words, tags })[0];
  const twin = { words: words.with(start, "Jinginelo"), tags };
  const { problems } = checkCorpus({ ...corpus, dev: [...corpus.dev, twin] });
  assertEquals(problems.length, 1);
  assert(problems[0].startsWith("Too alike without names"));

  const leaked: Corpus = { ...corpus, test: corpus.train.slice(0, 20) };
  const text = checkCorpus(leaked).problems.join("\n");
  assert(text.includes("test: 20 sentences, expected at least 130."));
  assert(text.includes("Only 0.0 % of the test mentions are not in train."));
  assert(text.includes("Looking training names up reaches"));

  const short = corpus.test.filter((sentence) =>
    mentionsOf(sentence).every(({ start, end }) => end - start < 6)
  );
  assert(
    checkCorpus({ ...corpus, test: short }).problems.includes(
      "test: mentions of 1 2 3 4 5 words, expected 1 2 3 4 5 6.",
    ),
  );
});

Deno.test("parseCorpus() refuses whatever is not strict IOB2, with file and line", () => {
  const refuse = (text: string, message: string) =>
    assertThrows(() => parseCorpus(text, "a.conll"), DataError, message);
  refuse("Amina B-PER\n\nJuma I-PER\n", "a.conll:3: I-PER cannot follow the start of a sentence");
  refuse("Amina B-PER\nTanga I-LOC\n", "a.conll:2: I-LOC cannot follow B-PER");
  refuse("na O\nJuma I-PER\n", "a.conll:2: I-PER cannot follow O");
  refuse("Amina\n", 'a.conll:1: expected "word TAG"');
  refuse("Amina\tB-PER\n", 'a.conll:1: expected "word TAG"');
  refuse("pesa B-MONEY\n", 'a.conll:1: expected "word TAG"');
  refuse("na O\n\n\nau O\n", "a.conll:3: expected a word after one blank line at most");
});

Deno.test("mentionsOf() separates neighbouring mentions and ends one at the end of the sentence", () => {
  const [sentence] = parseCorpus("Kulwa B-PER\nDoto B-PER\nDar B-LOC\nes I-LOC\nSalaam I-LOC\n", "a.conll");
  assertEquals(mentionsOf(sentence), [
    { type: "PER", start: 0, end: 1, text: "Kulwa" },
    { type: "PER", start: 1, end: 2, text: "Doto" },
    { type: "LOC", start: 2, end: 5, text: "Dar es Salaam" },
  ]);
});
