import { assert, assertEquals } from "@std/assert";
import { readLabelled } from "../../../src/data/readers.ts";
import { murmurHash64A } from "../../../src/data/tools/docbin.ts";

/** What independent readers found, see tests/golden/readers.py. */
interface Golden {
  readonly sentences: number;
  readonly words: number;
  readonly mentions: Readonly<Record<string, number>>;
  readonly text: string;
}

const folder = new URL("../../golden/", import.meta.url);
const golden: Record<string, Golden> = JSON.parse(await Deno.readTextFile(new URL("readers.json", folder)));

const formats: Readonly<Record<string, string>> = {
  "sw.spacy": "spaCy DocBin",
  "sw.parquet": "Hugging Face datasets (Parquet)",
  "sw.jsonl": "Hugging Face datasets",
  "sw.conllu": "CoNLL-U",
  "spans.jsonl": "Prodigy or spaCy JSONL",
};

for (const [name, format] of Object.entries(formats)) {
  Deno.test(`${name} holds what an independent reader finds in it`, async () => {
    const bytes = await Deno.readFile(new URL(`readers/${name}`, folder));
    // The name says nothing.
    const { sentences, reading, documents } = await readLabelled(bytes, { file: "a.conll" });
    const { words, mentions } = reading;
    const text = sentences.slice(0, 5).map(({ words }) => words.join(" ")).join(" / ");
    const sorted = Object.fromEntries(Object.entries(mentions).sort(([a], [b]) => a < b ? -1 : 1));
    assertEquals({ sentences: sentences.length, words, mentions: sorted, text }, golden[name]);
    assertEquals([reading.format, reading.strayInside, documents.length], [format, 0, sentences.length]);
  });
}

Deno.test("texts are hashed as spaCy hashes them", () => {
  const hash = (text: string) => murmurHash64A(new TextEncoder().encode(text));
  assertEquals(hash("Amina"), 9464363144425291873n);
  assertEquals(hash("Mwanza-based 👍 kubwa sana"), 3382206795694411303n);
  assertEquals(hash(""), 14313749767032693980n);
  assert(hash("12345678") !== hash("12345679"));
});
