import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkCorpus, type Corpus, parseCorpus, readCorpus } from "../../examples/corpus/check.ts";
import { DataError } from "../../src/errors.ts";
import { entitiesOf } from "../../src/data/entities.ts";

Deno.test("the embedded corpus holds every promise of its README", async () => {
  const report = checkCorpus(await readCorpus());
  assertEquals(report.problems, []);
  assert(report.unseen >= 0.4 && report.lookupF1 <= 0.55);
});

Deno.test("checkCorpus() names template sentences, seen names, missing mention lengths and unknown types", async () => {
  const corpus = await readCorpus();
  const { words, tags } = corpus.train.find((sentence) => entitiesOf(sentence.tags, "strict").length === 1)!;
  const { start } = entitiesOf(tags, "strict")[0];
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
    entitiesOf(sentence.tags, "strict").every(({ start, end }) => end - start < 6)
  );
  assert(
    checkCorpus({ ...corpus, test: short }).problems.includes(
      "test: mentions of 1 2 3 4 5 words, expected 1 2 3 4 5 6.",
    ),
  );

  const money = { words: ["pesa", "taslimu", "za", "Kenya", "."], tags: ["B-MONEY", "O", "O", "B-LOC", "O"] };
  assert(
    checkCorpus({ ...corpus, dev: [...corpus.dev, money] }).problems.includes(
      "dev: types DATE LOC MONEY ORG PER, expected DATE LOC ORG PER.",
    ),
  );
});

Deno.test("parseCorpus() refuses whatever is not strict IOB2, with file and line", () => {
  const refuse = (text: string, message: string) =>
    assertThrows(() => parseCorpus(text, "a.conll"), DataError, message);
  refuse("Amina B-PER\n\nJuma I-PER\n", "a.conll:3: I-PER cannot follow the start of a sentence");
  refuse("Amina B-PER\nTanga I-LOC\n", "a.conll:2: I-LOC cannot follow B-PER");
  refuse("na O\nJuma I-PER\n", "a.conll:2: I-PER cannot follow O");
  refuse("Amina\n", "a.conll:1: expected a word and its tag");
  refuse("Amina S-PER\n", "a.conll:1: expected a tag of the scheme IOB2");
  refuse("Amina\tB-PER\n", 'a.conll:1: expected "Amina B-PER" but found "Amina\\tB-PER": write "word TAG"');
  refuse("na O\nau  O\n", 'a.conll:2: expected "au O" but found "au  O"');
  refuse("na CC O\n", 'a.conll:1: expected "na O" but found "na CC O"');
  refuse("na O\n\n\nau O\n", 'a.conll:3: expected "au O" but found ""');
  refuse("na O", 'a.conll:2: expected "" but found the end of the file');
  refuse("na O\n\n", 'a.conll:3: expected the end of the file but found ""');
});
