import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatConll, parseConll } from "../../src/data/conll.ts";
import type { ReadOptions } from "../../src/data/reader.ts";
import type { Scheme } from "../../src/data/scheme.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { DataError } from "../../src/errors.ts";

/** One sentence a string, one letter of word and tag each: "O B-PER". */
const file = (...sentences: string[]) =>
  sentences.map((tags) => tags.split(" ").map((tag, i) => `w${i} ${tag}\n`).join("") + "\n").join("");
const tagsOf = (text: string, options?: ReadOptions) => {
  const { sentences, scheme } = parseConll(text, options);
  return [scheme, ...sentences.map(({ tags }) => tags.join(" "))];
};
const refused = (text: string, message: string, options: ReadOptions = {}) =>
  assertEquals(
    assertThrows(() => parseConll(text, { file: "a.txt", ...options }), DataError).message,
    message,
  );

Deno.test("parseConll() reads the word from the first column and the tag from the last, and knows the lines", () => {
  const expected: Sentence[] = [
    { words: ["Asha", "Mutua"], tags: ["B-PER", "I-PER"] },
    { words: ["leo"], tags: ["O"] },
  ];
  const texts = {
    "spaces": "Asha B-PER\nMutua I-PER\n\nleo O\n",
    "tabs": "Asha\tB-PER\nMutua\tI-PER\n\nleo\tO\n",
    "columns between": "Asha NNP B-NP B-PER\nMutua NNP I-NP I-PER\n\nleo RB O O\n",
    "runs of spaces": "Asha   B-PER\nMutua  I-PER  \n\nleo O\t\n",
    "no final newline": "Asha B-PER\nMutua I-PER\n\nleo O",
    "CRLF": "Asha B-PER\r\nMutua I-PER\r\n\r\nleo O\r\n",
    "CR": "Asha B-PER\rMutua I-PER\r\rleo O\r",
    "byte order mark": "\ufeffAsha B-PER\nMutua I-PER\n\nleo O\n",
    "several blank lines": "\n\nAsha B-PER\nMutua I-PER\n\n\n\nleo O\n\n\n",
    "blank lines of white space": "Asha B-PER\nMutua I-PER\n \t\nleo O\n\u00a0\n",
    "comments": "# newdoc\n# text = Asha Mutua\nAsha B-PER\nMutua I-PER\n\n# id 5\tdomain=sw\nleo O\n",
    "document starts": "-DOCSTART- -X- O O\n\nAsha B-PER\nMutua I-PER\n-DOCSTART- O\nleo O\n",
  };
  for (const [name, text] of Object.entries(texts)) {
    const { sentences, scheme, placeOf } = parseConll(text);
    assertEquals([sentences, scheme], [expected, "IOB2"], name);
    const lines = text.replace("\ufeff", "").split(/\r\n?|\n/);
    const wordAt = (sentence: number, word: number) =>
      lines[Number(placeOf(sentence, word).split(":")[1]) - 1].split(/[ \t]/)[0];
    assertEquals([wordAt(0, 0), wordAt(0, 1), wordAt(1, 0)], ["Asha", "Mutua", "leo"], name);
  }
});

Deno.test("parseConll() keeps spaces inside the words of a file with tabs", () => {
  assertEquals(parseConll("10 000\tO\n").sentences, [{ words: ["10 000"], tags: ["O"] }]);
});

Deno.test("parseConll() keeps words that look like white space or like marks of the format", () => {
  const words = ["\u00a0", "#", "-", "O", "B-PER", "\u200b"];
  assertEquals(parseConll(words.map((word) => `${word} O`).join("\n")).sentences[0].words, words);
});

Deno.test("parseConll() recognises each scheme and converts it to IOB2", () => {
  const iob2 = ["O B-PER I-PER B-PER B-LOC O", "B-ORG O"];
  const written: Partial<Record<Scheme, string[]>> = {
    IOB1: ["O I-PER I-PER B-PER I-LOC O", "I-ORG O"],
    IOB2: iob2,
    BIOES: ["O B-PER E-PER S-PER S-LOC O", "S-ORG O"],
    BILOU: ["O B-PER L-PER U-PER U-LOC O", "U-ORG O"],
  };
  for (const [scheme, sentences] of Object.entries(written)) {
    assertEquals(tagsOf(file(...sentences)), [scheme, ...iob2]);
  }
});

Deno.test("parseConll() takes a file of nothing but O as IOB2", () => {
  assertEquals(tagsOf(file("O O", "O")), ["IOB2", "O O", "O"]);
});

Deno.test("parseConll() takes a file without B- as IOB1", () => {
  assertEquals(tagsOf(file("I-PER I-PER I-LOC", "O I-PER")), ["IOB1", "B-PER I-PER B-LOC", "O B-PER"]);
});

Deno.test("parseConll() takes B- directly after the same type as IOB1 only when mentions begin with I-", () => {
  assertEquals(tagsOf(file("I-PER B-PER O")), ["IOB1", "B-PER B-PER O"]);
  assertEquals(tagsOf(file("B-PER B-PER O")), ["IOB2", "B-PER B-PER O"]);
});

Deno.test("parseConll() keeps the stray I- of an IOB2 file, for the scores to judge", () => {
  const sentences = ["I-PER O I-LOC", "B-PER I-LOC"];
  assertEquals(tagsOf(file(...sentences)), ["IOB2", ...sentences]);
});

Deno.test("parseConll() reads a file in the scheme it is told, also where the tags suggest another", () => {
  assertEquals(tagsOf(file("I-PER O"), { scheme: "IOB2" }), ["IOB2", "I-PER O"]);
});

Deno.test("parseConll() accepts hyphens and any script in entity types", () => {
  assertEquals(tagsOf(file("B-geo-loc I-geo-loc B-ሰው")), ["IOB2", "B-geo-loc I-geo-loc B-ሰው"]);
});

Deno.test("parseConll() refuses a line of another number of columns, where part of a word would be lost", () => {
  refused(
    "Asha B-PER\nDar es Salaam B-LOC\n",
    "a.txt:2: expected 2 columns, as on line 1, found 4: where words hold spaces or cells are empty, put tabs between " +
      "the columns; skipFaulty leaves out its sentence",
  );
  // The last column of line 3 is empty: its tag would be that of the column before.
  const message = assertThrows(() => parseConll("\nAsha\tNN\tO\tB-PER\nleo\tRB\tO\t\n"), DataError).message;
  assertStringIncludes(message, "CoNLL text:3: expected 4 columns, as on line 2, found 3");
});

Deno.test("parseConll() takes # for a word where a tag follows, and for a comment elsewhere", () => {
  assertEquals(parseConll("# O\n# B-PER\n").sentences[0].words, ["#", "#"]);
  assertEquals(parseConll("#Tanga O\nleo O\n").sentences[0].words, ["#Tanga", "leo"]);
  const comments = [
    "# text = leo",
    "#\thttp://a.b/c [2009-10-17]",
    "#Text=leo",
    "# id 5\tdomain=sw",
    "#",
    "## O x",
  ];
  for (const comment of comments) {
    assertEquals(parseConll(`${comment}\nleo O\nAsha B-PER\n`).reading.words, 2, comment);
  }
  // What begins a sentence stands between two of them, also where the blank line was forgotten.
  assertEquals(parseConll("leo O\n# text = Asha\nAsha B-PER\n").reading.sentences, 2);
  assertThrows(
    () => parseConll("leo O\n#Yemen\nAsha B-PER\n"),
    DataError,
    "CoNLL text:2: expected a word and its tag",
  );
});

Deno.test("parseConll() takes time in proportion to a line, however many spaces are inside", () => {
  const spaces = " ".repeat(1_000_000);
  const { sentences } = parseConll(`Asha${spaces}leo${spaces}B-PER\nleo\tx${spaces}x${spaces}\tO\n`);
  assertEquals(sentences[0].words, ["Asha", "leo"]);
});

Deno.test("parseConll() refuses a word without a tag", () => {
  refused(
    "Asha B-PER\nYemen\n",
    'a.txt:2: expected a word and its tag separated by a space or a tab, found only "Yemen": ' +
      "put its tag in the last column (O outside of mentions); skipFaulty leaves out its sentence",
  );
  refused(
    "Asha B-PER\r\n\r\nYemen\t\r\n",
    'a.txt:3: expected a word and its tag separated by a space or a tab, found only "Yemen": ' +
      "put its tag in the last column (O outside of mentions); skipFaulty leaves out its sentence",
  );
});

Deno.test("parseConll() refuses a tag without a word", () => {
  for (const line of ["O", " O", "\tO"]) {
    refused(
      `Asha B-PER\n${line}\n`,
      'a.txt:2: expected a word and its tag separated by a space or a tab, found only the tag "O": ' +
        "put its word in the first column; skipFaulty leaves out its sentence",
    );
  }
});

Deno.test("parseConll() refuses tags of no known scheme", () => {
  for (const tag of ["B-", "-PER", "b-PER", "o", "0", "PER-B", "X-PER"]) {
    refused(
      `Asha B-PER\nMutua I-PER\n\nleo ${tag}\n`,
      `a.txt:4: expected a tag such as O, B-PER or I-PER, found "${tag}": write the tags as IOB1, IOB2, IOE1, IOE2, ` +
        "BIOES, BILOU or BMES, or say that they are IO, types without prefix; skipFaulty leaves out its sentence",
    );
  }
});

Deno.test("parseConll() refuses tags of two schemes in one file", () => {
  refused(
    file("S-PER O", "O U-PER"),
    "a.txt: expected the tags of one scheme, found S- (line 1), U- (line 5), which no scheme has together: " +
      "rewrite the file in one of them",
  );
});

Deno.test("parseConll() refuses a tag that the scheme it was told does not have", () => {
  refused(
    file("B-PER E-PER"),
    'a.txt:2: expected a tag of the scheme IOB2, found "E-PER": write all files of a data set in one scheme; ' +
      "skipFaulty leaves out its sentence",
    { scheme: "IOB2" },
  );
});

Deno.test("parseConll() refuses a text without a sentence", () => {
  refused("", "a.txt: expected sentences of one word and tag a line, found an empty file: check the path");
  const blank =
    "a.txt: expected sentences of one word and tag a line, found only blank lines, comments and -DOCSTART- lines: check the path";
  refused("\n \n", blank);
  refused("\ufeff-DOCSTART- O\r\n\r\n", blank);
});

Deno.test("parseConll() reads back what formatConll() wrote", () => {
  const word = fc.oneof(fc.constantFrom("Asha", "10 000", "\u00a0", "#", "O"), fc.string({ unit: "binary" }))
    .filter((w) => !/[\t\r\n]|^ | $|^$|^\ufeff|^-DOCSTART-/.test(w));
  const labelled = fc.tuple(word, fc.constantFrom("O", "B-PER", "I-PER", "B-LOC"));
  // The first sentence makes the scheme plain.
  const first: Sentence = { words: ["a", "b"], tags: ["B-PER", "I-PER"] };
  fc.assert(
    fc.property(fc.array(fc.array(labelled, { minLength: 1 })), (rows) => {
      const sentences = [
        first,
        ...rows.map((r) => ({ words: r.map(([w]) => w), tags: r.map(([, t]) => t) })),
      ];
      assertEquals(parseConll(formatConll(sentences)).sentences, sentences);
    }),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("formatConll() writes a space between word and tag, and a tab once a word holds a space", () => {
  assertEquals(formatConll([{ words: ["Asha", "leo"], tags: ["B-PER", "O"] }]), "Asha B-PER\nleo O\n\n");
  assertEquals(formatConll([{ words: ["10 000", "leo"], tags: ["O", "O"] }]), "10 000\tO\nleo\tO\n\n");
  assertEquals(formatConll([]), "");
});

Deno.test("formatConll() refuses what a line of CoNLL cannot hold", () => {
  const message = (words: string[], tags: string[]) =>
    assertThrows(() => formatConll([{ words: ["a"], tags: ["O"] }, { words, tags }]), DataError).message;
  for (const word of ["", "a\tb", "a\nb", " a", "a ", "-DOCSTART-"]) {
    assertEquals(
      message([word], ["O"]),
      `Expected a word that a line of CoNLL can hold in sentence 2, found ${JSON.stringify(word)}: ` +
        "remove tabs, line breaks and spaces at its edges",
    );
  }
  assertEquals(message(["a", "b"], ["O"]), "Expected one tag a word in sentence 2, found 2 words and 1 tags");
});
