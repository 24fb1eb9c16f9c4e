import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { readLabelled } from "../../../src/data/readers.ts";
import type { ReadOptions } from "../../../src/data/reader.ts";
import { DataError } from "../../../src/errors.ts";
import { readText } from "../read_text.ts";
import { LAYOUTS, TAGS, WORDS } from "./layouts.ts";

const read = readText;
const refusal = (text: string, options: ReadOptions = {}) =>
  assertThrows(() => read(text, options), DataError).message;

for (const [name, { text, format, scheme }] of Object.entries(LAYOUTS)) {
  Deno.test(`columns as in ${name} are read right, and said`, () => {
    const { sentences, reading, placeOf } = read(text);
    assertEquals(sentences.map(({ words }) => words), WORDS);
    assertEquals(sentences.map(({ tags }) => tags), TAGS);
    assertEquals([reading.format, reading.scheme ?? "IOB2"], [format, scheme]);
    assertEquals([reading.sentences, reading.words, reading.longest], [2, 11, 7]);
    assertEquals(reading.mentions, { PER: 2, LOC: 1, ORG: 1 });
    const lines = text.split("\n");
    const places = WORDS.flatMap((words, s) => words.map((_, i) => Number(placeOf(s, i).split(":")[1])));
    for (const [i, word] of WORDS.flat().entries()) assert(lines[places[i] - 1].includes(word), `word ${i}`);
  });
}

Deno.test("other layers and columns are read where they are asked for", () => {
  const tags = (name: string, options: ReadOptions) =>
    read(LAYOUTS[name].text, options).sentences.map(({ tags }) => tags.join(" ")).join(" / ");
  const nested = "O O O O O B-LOC O / O O O O";
  assertEquals(tags("FiNER: outer and inner names", { layer: 2 }), nested);
  assertEquals(tags("FiNER: outer and inner names", { tagColumn: "3" }), nested);
  assertEquals(tags("GermEval 2014", { layer: 2 }), nested);
  assertEquals(tags("HIPE-2022", { tagColumn: "ne-nested" }), "O O O O B-loc B-loc B-loc / O O O O");
  assertEquals(
    tags("conlleval: gold and predicted", { predicted: true }),
    "B-PER I-PER O B-LOC I-LOC I-LOC O / O B-PER O O",
  );
  assertEquals(tags("CoNLL-2003", { tagColumn: "3" }).slice(0, 11), "B-NP B-NP B");
  assertEquals(read(LAYOUTS["a header"].text, { wordColumn: "pos" }).sentences[0].words[0], "NN");
});

Deno.test("columns that could all be the tags are refused, with the option that tells", () => {
  const text = "a O B-X\nb B-PER O\nc O B-Y\n\nd B-LOC O\n";
  assertEquals(
    refusal(text),
    "a.txt: expected one column of tags, found 2 of 3 that could be: 2, 3; say which with tagColumn",
  );
  assertEquals(read(text, { tagColumn: "2" }).reading.mentions, { LOC: 1, PER: 1 });
  assertEquals(
    refusal(text, { tagColumn: "9" }),
    'a.txt: expected tagColumn to be a number from 1 to 3, found "9"',
  );
  const constant = Array.from({ length: 30 }, (_, i) => `x w${i} O\n`).join("");
  assert(refusal(constant).includes("wordColumn"));
  const numbers = Array.from({ length: 30 }, (_, i) => `${i}\tO\n`).join("");
  assert(refusal(numbers).includes("expected a column of words, found numbers alone"));
});

Deno.test("a cell with two tags is refused, or its layer is read", () => {
  const text = "a B-PER|B-LOC\nb O\nc B-LOC\nd O\ne O\nf O\ng O\nh O\ni O\nj O\n";
  assert(refusal(text).startsWith('a.txt:1: expected one tag, found "B-PER|B-LOC"'));
  assertEquals(read(text, { layer: 2 }).sentences[0].tags[0], "B-LOC");
  assertEquals(read(text, { layer: 1 }).sentences[0].tags[0], "B-PER");
  // Tags of the parts of a word, as NEMO has them, are no types without prefix.
  assert(refusal("a O^O\nb O\nc B-X^O\nd O\n").startsWith('a.txt:1: expected one tag, found "O^O"'));
});

Deno.test("types with spaces, slashes and hyphens are types", () => {
  assertEquals(read("a\tB-art work\nb\tI-art work\nc\tB-geo-loc\nd\tB-Other/Prod\n").reading.mentions, {
    "Other/Prod": 1,
    "art work": 1,
    "geo-loc": 1,
  });
  assertEquals(read("a\tperson-actor\nb\tO\nc\tO\n").reading.mentions, { "person-actor": 1 });
});

Deno.test("all faulty lines are counted, the first ten named, and their sentences left out on wish", () => {
  const text = Array.from({ length: 40 }, (_, i) => i % 3 === 0 ? `w${i} O\nx\n\n` : `w${i} B-PER\n\n`).join(
    "",
  );
  const message = refusal(text);
  assert(message.includes("skipFaulty leaves out the sentences of all 14 faults (2, 9, 16,"), message);
  assert(message.length <= 300, message);
  const { sentences, reading } = read(text, { skipFaulty: true });
  assertEquals([sentences.length, reading.faults.count, reading.faults.skipped], [26, 14, 14]);
  assertEquals(reading.faults.first.length, 10);
  assertEquals(sentences[0].words, ["w1"]);
});

Deno.test("a rare type without prefix is one, however many O stand beside it", () => {
  const { reading } = read(`${"a O\n".repeat(99)}b PESSOA\n`);
  assertEquals([reading.scheme, reading.mentions], ["IO", { PESSOA: 1 }]);
});

Deno.test("marks of a text's parts between sentences are no faults, nor are empty cells of digitised pages", () => {
  assertEquals(read("<HEADLINE>\na O\nb B-X\n\n<BODY>\nc O\n").reading.sentences, 2);
  const hipe = LAYOUTS["HIPE-2022"].text;
  const empty = hipe.split("\n").find((line) => line.startsWith("alienda"))!.replace("alienda", "");
  const { reading } = read(hipe.replace("\nalienda", `\n${empty}\nalienda`).replace("NoSpaceAfter", ""));
  assertEquals([reading.words, reading.faults.count], [11, 0]);
});

Deno.test("no message is longer than 300 characters, whatever the line", () => {
  const long = "x".repeat(10_000);
  const texts = [
    `${long}\n`,
    `a B-${long}\nb S-X\nc U-X\n`,
    `a O\n${long} ${long}\n`,
    `a O\n${`${long} `.repeat(9)}\n`,
  ];
  for (const text of [...texts, `${"a B-X B-Y ".repeat(3000)}\n`, `a ${long}|B-X\n`]) {
    const message = refusal(text);
    assert(message.length <= 300, `${message.length}: ${message.slice(0, 400)}`);
  }
});

Deno.test("documents that stand as one sentence are cut, and places follow", () => {
  const sentence = "Amina B-PER\nalienda O\nMwanza. B-LOC\n";
  const { sentences, reading, placeOf } = read(
    `-DOCSTART- -X- O\n\n${sentence.repeat(3)}\n-DOCSTART- -X- O\n${sentence}`,
  );
  assertEquals(sentences.map(({ words }) => words.length), [3, 3, 3, 3]);
  assertEquals(reading.notes, ["2 documents that stood as one sentence each were cut into 4"]);
  assertEquals([placeOf(1, 2), placeOf(3)], ["a.txt:8", "a.txt:14"]);
  assertEquals(read(sentence.repeat(3), { cut: false }).sentences.length, 1);
});

Deno.test("known formats in the wrong place are named", async () => {
  const named = async (file: string | Uint8Array) => {
    const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
    return (await assertRejects(() => readLabelled(bytes, { file: "a.conll" }), DataError)).message;
  };
  const files: [string | Uint8Array, string][] = [
    [' {"text": "a"}', "JSON of no tool that is known"],
    [Uint8Array.of(0x50, 0x41, 0x52, 0x31, 0), "expected Parquet that can be read"],
    [Uint8Array.of(0x50, 0x4b, 3, 4), "expected a zip archive that can be unpacked"],
    [
      Uint8Array.from([0x50, 0x4b, 5, 6, ...new Array(18).fill(0)]),
      "in the archive, found none whose name ends",
    ],
    [Uint8Array.of(0x78, 0x9c, 1), "expected a DocBin of spaCy"],
    [Uint8Array.of(0x1f, 0x8b, 8), "gzip"],
    [Uint8Array.of(0xff, 0xfe, 65, 0), "UTF-16"],
    ["T1\tPER 0 5\tAmina\n", "brat"],
    ["Sentence #,Word,POS,Tag\nSentence: 1,Thousands,NNS,O\n", "commas"],
    ["<?xml version='1.0'?>\n<a/>\n", "XML"],
  ];
  for (const [file, name] of files) {
    const message = await named(file);
    assert(message.includes(name) && message.length <= 300, message);
  }
});
