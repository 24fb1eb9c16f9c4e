import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { LabelledFile, ReadOptions } from "../../../src/data/reader.ts";
import { readLabelled } from "../../../src/data/readers.ts";
import { readBrat } from "../../../src/data/tools/brat.ts";
import { DataError } from "../../../src/errors.ts";
import { readText } from "../read_text.ts";
import { EXPORTS, result, SPANS, task, TEXT, zipOf } from "./exports.ts";

const json = (value: unknown, options: ReadOptions = {}) => readText(JSON.stringify(value), options);
const lines = (values: readonly unknown[], options: ReadOptions = {}) =>
  readText(values.map((value) => JSON.stringify(value)).join("\n"), options);
/** Words with a type in brackets where a mention begins, `+` where it goes on. */
const shown = ({ sentences }: LabelledFile) =>
  sentences.map(({ words, tags }) =>
    words.map((word, i) =>
      tags[i] === "O" ? word : `${word}${tags[i][0] === "B" ? `(${tags[i].slice(2)})` : "+"}`
    )
      .join(" ")
  );
const refusal = (value: unknown, options: ReadOptions = {}) =>
  assertThrows(() => json(value, options), DataError).message;

const READ = ["Amina(PER) Juma+ alienda Dar(LOC) es+ Salaam+ .", "Leo Rose(PER) yuko UNESCO(ORG) ."];

Deno.test("texts with offsets are cut into sentences and words, whatever tool marked them", () => {
  for (const [tool, { format, text }] of Object.entries(EXPORTS)) {
    const file = readText(text);
    assertEquals([shown(file), file.reading.format], [READ, format], tool);
    assertEquals([file.documents, file.reading.spans], [[0, 0], undefined], tool);
  }
});

Deno.test("the unit of offsets is found by trying", () => {
  const text = "🙂🙂 Amina yuko e\u0301Mwanza 👨‍👩‍👧 na Rose alienda leo.";
  const units = [...new Intl.Segmenter().segment(text)].map(({ index }) => index);
  const words = [["Amina", "PER"], ["Rose", "PER"]] as const;
  const offsets = (count: (at: number) => number) =>
    words.map(([word, type]) => {
      const at = text.indexOf(word);
      return [count(at), count(at + word.length), type];
    });
  const counts = {
    "UTF-16 units": (at: number) => at,
    "code points": (at: number) => [...text.slice(0, at)].length,
    "grapheme clusters": (at: number) => units.indexOf(at),
  };
  for (const [unit, count] of Object.entries(counts)) {
    const { reading, sentences } = lines([{ text, label: offsets(count) }]);
    assertEquals(reading.mentions, { PER: 2 }, unit);
    assertEquals(reading.notes, unit === "UTF-16 units" ? [] : [`offsets count ${unit}`]);
    const { words, tags } = sentences[0];
    assertEquals(words.filter((_, i) => tags[i] !== "O"), ["Amina", "Rose"], unit);
  }
  // Label Studio's old exports, whose spans say their text.
  const old = json([
    task([{ result: result([[text.indexOf("Rose"), text.indexOf("Rose") + 4, "PER"]], text) }], text),
  ]);
  assertEquals(old.reading.notes, ["offsets count UTF-16 units"]);
  assertEquals(old.reading.mentions, { PER: 1 });
});

Deno.test("a mention at another text than the file says is listed, and a file of such mentions refused", () => {
  const text = "Rose alienda Mwanza na Asha.";
  const read = (said: string[]) =>
    json([
      task([{
        result: [[0, 4, "PER"], [13, 19, "LOC"], [23, 27, "PER"]].map(([start, end, label], i) => ({
          type: "labels",
          value: { start, end, text: said[i], labels: [label] },
        })),
      }], text),
    ]);
  assertEquals(read(["Rose", " Mwanza", "Asha"]).reading.spans, undefined);
  const { differing, list } = read(["Rose", "Dodoma", "Asha"]).reading.spans!;
  assertEquals([differing, list.length], [1, 1]);
  assertStringIncludes(list[0], '"LOC" 13-19 "Dodoma" differing from the text there, "Mwanza"');
  assertThrows(
    () => read(["ose ", "Dodoma", "sha."]),
    DataError,
    'expected the mention "ose " at 0-4, found "Rose" there (3 of 3 mentions differ)',
  );
});

Deno.test("mentions that do not fit to words are widened, left out or split, counted and listed", () => {
  const text = "Mwanza-based Rose alienda.";
  const file = lines([{
    text,
    label: [[0, 6, "LOC"], [13, 17, "PER"], [0, 17, "ORG"], [12, 13, "X"], [90, 95, "X"], [5, 5, "X"]],
  }]);
  assertEquals(shown(file), ["Mwanza-based(ORG) Rose+ alienda ."]);
  const { list, ...counts } = file.reading.spans!;
  assertEquals(counts, { widened: 0, split: 0, nested: 2, dropped: 3, differing: 0 });
  assertEquals(list[0], 'a.txt:1: "X" 12-13 " " dropped: no word of the text');
  const inner = lines([{ text, label: [[0, 6, "LOC"], [13, 17, "PER"], [0, 17, "ORG"]] }], { layer: 2 });
  assertEquals(shown(inner), ["Mwanza-based(LOC) Rose(PER) alienda ."]);
  assertEquals(inner.reading.spans!.list, ['a.txt:1: "LOC" 0-6 "Mwanza" widened to "Mwanza-based"']);
  // No sentence ends inside of a mention.
  assertEquals(shown(lines([{ text: "St. Mary. Rose alienda. Leo.", label: [[0, 14, "PER"]] }])), [
    "St(PER) .+ Mary+ .+ Rose+ alienda .",
    "Leo .",
  ]);
});

Deno.test("of several annotations the last that was not cancelled is read, or the one asked for", () => {
  const annotations = [
    { completed_by: 7, result: result(SPANS.slice(0, 2)) },
    { completed_by: { email: "b@x.org" }, result: result(SPANS.slice(0, 3)) },
    { completed_by: 9, was_cancelled: true, result: [] },
  ];
  const value = [task(annotations), task([{ was_cancelled: true, result: [] }]), {
    ...task([]),
    predictions: [{ result: result(SPANS) }],
  }];
  const { reading } = json(value);
  assertEquals(reading.mentions, { PER: 2, LOC: 1 });
  assertEquals(reading.annotators, { texts: 1, f1: 0.8 });
  assertEquals(reading.notes, ["2 texts without an annotation that was not cancelled were left out"]);
  assertEquals(json(value, { annotator: "7" }).reading.mentions, { LOC: 1, PER: 1 });
  assertEquals(json(value, { annotator: "b@x.org" }).reading.mentions, { PER: 2, LOC: 1 });
  const min = (annotator: number, n: number) => ({
    id: 1,
    text: TEXT,
    label: result(SPANS.slice(0, n)).map(({ value }) => value),
    annotator,
  });
  assertEquals(json([min(1, 4), min(2, 1)]).reading.mentions, { PER: 1 });
  assertEquals(json([min(1, 4), min(2, 1)], { annotator: "1" }).reading.mentions, { PER: 2, LOC: 1, ORG: 1 });
});

Deno.test("the labels of two controls are refused until one is named", () => {
  const value = [task([{ result: [...result(SPANS), ...result([[0, 5, "noun"]], TEXT, "pos")] }])];
  assertEquals(
    refusal(value),
    'a.txt: expected the labels of one control, found "label", "pos": tagColumn says which is read',
  );
  assertEquals(json(value, { tagColumn: "pos" }).reading.mentions, { noun: 1 });
});

Deno.test("Prodigy's own words are kept, and what was rejected is left out", () => {
  const text = "Mwanza-based Rose";
  const spans = [{ start: 0, end: 6, label: "LOC" }];
  const tokens = [[0, 6], [6, 7], [7, 12], [13, 17]].map(([start, end], id) => ({
    text: "",
    start,
    end,
    id,
  }));
  const file = lines([{ text, spans, tokens, answer: "accept" }, { text, spans, answer: "reject" }]);
  assertEquals(shown(file), ["Mwanza(LOC) - based Rose"]);
  assertEquals(file.reading.notes, ["1 text with the answer reject or ignore was left out"]);
});

Deno.test("GLiNER's last word belongs to a mention, in whatever order, and nested ones are left out", () => {
  const words = "Amina Juma alienda Dar es Salaam".split(" ");
  const file = json([{
    tokenized_text: words,
    ner: [[3, 5, "place"], [0, 1, "full name"], [5, 5, "x"], [9, 9, "x"]],
  }]);
  assertEquals(shown(file), ["Amina(full name) Juma+ alienda Dar(place) es+ Salaam+"]);
  assertEquals([file.reading.spans!.nested, file.reading.spans!.dropped], [1, 1]);
});

Deno.test("numbers of tags need names, and tags of words are read in their scheme", () => {
  const row = { tokens: ["Amina", "Juma", "leo"], ner_tags: [1, 2, 0] };
  assertEquals(
    refusal([row]),
    "a.txt: record 1: expected names of tags, found the number 1: labels says what the numbers mean, in order: " +
      "O,B-PER,I-PER",
  );
  assertEquals(shown(json([row], { labels: ["O", "B-PER", "I-PER"] })), ["Amina(PER) Juma+ leo"]);
  assertStringIncludes(
    refusal([row], { labels: ["O", "B-PER"] }),
    "expected a tag or a number below 2, found 2",
  );
  const bioes = { tokens: ["Amina", "Juma", "Rose"], tags: ["B-PER", "E-PER", "S-PER"] };
  const file = json({ data: [bioes], version: "1" });
  assertEquals([shown(file), file.scheme], [["Amina(PER) Juma+ Rose(PER)"], "BIOES"]);
});

Deno.test("Label Studio's CoNLL is cut into sentences, and marks come off the words", () => {
  const rows = [
    "Amina B-PER",
    "alienda O",
    "Mwanza. B-LOC",
    "Leo O",
    "Rose, B-PER",
    "(UNESCO) B-ORG",
    "yuko. O",
  ];
  const text = `-DOCSTART- -X- O\n${rows.map((row) => row.replace(" ", " -X- _ ")).join("\n")}\n\n`;
  const file = readText(text.repeat(2));
  assertEquals(shown(file).slice(0, 2), [
    "Amina(PER) alienda Mwanza(LOC) .",
    "Leo Rose(PER) , ( UNESCO(ORG) ) yuko .",
  ]);
  assertEquals(file.placeOf(1, 2), "a.txt:6");
});

Deno.test("a folder of brat is read, pieces of mentions joined over line breaks", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const files = new Map([
    ["a.txt", utf8("Amina Juma alienda Dar\nes Salaam. Chuo cha Dodoma na Iringa.\n")],
    [
      "a.ann",
      utf8(
        "T1\tPER 0 10\tAmina Juma\nT2\tLOC 19 22;23 32\tDar es Salaam\nT3\tORG 34 45;49 55\tChuo cha Iringa\n" +
          "R1\tat Arg1:T1 Arg2:T2\nA1\tx T1\n#1\tAnnotatorNotes T1\tx\n",
      ),
    ],
    ["b.txt", utf8("Leo.")],
    ["b.ann", utf8("")],
  ]);
  const file = readBrat(files, { file: "folder" });
  assertEquals(shown(file).slice(0, 1), ["Amina(PER) Juma+ alienda Dar(LOC) es+ Salaam+ ."]);
  assertEquals([file.documents.at(-1), file.placeOf(0), file.reading.spans?.split], [1, "folder/a.ann", 1]);
  const alone = new Map([["a.ann", utf8("T1\tPER 0 5\tAmina\n")]]);
  assertThrows(
    () => readBrat(alone, { file: "folder" }),
    DataError,
    "expected a .txt file beside every .ann file",
  );
  const faulty = new Map([...files, ["b.ann", utf8("T1 PER 0 3 Leo\n")]]);
  assertThrows(
    () => readBrat(faulty, { file: "folder" }),
    DataError,
    "folder/b.ann:1: expected a mention such as T1",
  );
  assertEquals(readBrat(faulty, { file: "folder", skipFaulty: true }).reading.faults.count, 1);
});

Deno.test("faulty records are counted, and left out on wish", () => {
  const values = [{ text: TEXT, label: SPANS }, { text: TEXT, label: [["a", 1, "X"]] }, {
    text: TEXT,
    label: [],
  }];
  const text = `${values.map((value) => JSON.stringify(value)).join("\n")}\n{"text": \n`;
  assertStringIncludes(
    assertThrows(() => readText(text), DataError).message,
    "; skipFaulty leaves out the sentences of all 2 faults",
  );
  assertThrows(() => readText(text.repeat(3)), DataError);
  assertEquals(readText(text, { skipFaulty: true }).reading.mentions, { PER: 2, LOC: 1, ORG: 1 });
});

Deno.test("deep JSON, and packed files that blow up, are refused before they fill the memory", async () => {
  const deep = `[${"[".repeat(100_000)}`;
  assertStringIncludes(assertThrows(() => readText(`[{"a": ${deep}`), DataError).message, "nested levels");
  const zeros = new Blob([new Uint8Array(2 ** 27)]);
  const pack = async (format: CompressionFormat) =>
    new Uint8Array(
      await new Response(zeros.stream().pipeThrough(new CompressionStream(format))).arrayBuffer(),
    );
  const bomb = await assertRejects(
    async () => await readLabelled(await pack("deflate"), { file: "a.spacy" }),
    DataError,
  );
  assertStringIncludes(bomb.message, "packed ones, found more");
  const zip = zipOf("all.jsonl", await pack("deflate-raw"), 2 ** 27);
  const { message } = await assertRejects(() => readLabelled(zip, { file: "a.zip" }), DataError);
  assertStringIncludes(message, "bytes inside");
  // A size that lies.
  const liar = zipOf("all.jsonl", await pack("deflate-raw"), 100);
  await assertRejects(() => readLabelled(liar, { file: "a.zip" }), DataError);
});

Deno.test("a zipped export is read, of several files the one of an annotator", async () => {
  const record = new TextEncoder().encode(JSON.stringify({ text: TEXT, label: SPANS }));
  const packed = new Uint8Array(
    await new Response(new Blob([record]).stream().pipeThrough(new CompressionStream("deflate-raw")))
      .arrayBuffer(),
  );
  const file = await readLabelled(zipOf("admin.jsonl", packed, record.length), { file: "a.zip" });
  assertEquals([shown(file), file.placeOf(0)], [READ, "a.zip/admin.jsonl:1"]);
  assert(file.reading.file === "a.zip/admin.jsonl");
});
