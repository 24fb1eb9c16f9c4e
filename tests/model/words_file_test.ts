import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openSafetensors, writeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { trainWordCrf } from "../../src/crf/train_word_crf.ts";
import { CheckpointError } from "../../src/errors.ts";
import {
  openWords,
  readWords,
  saveWords,
  type WordsContent,
  wordsContent,
} from "../../src/model/words_file.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { sentences } from "../fixtures.ts";
import { learntConll } from "../tiny_tagger.ts";

const crf = await trainWordCrf(sentences(learntConll), { labels: ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"] });

Deno.test("words are read as they were saved", async () => {
  const store = new MemoryStore();
  await saveWords(crf, store, { dir: "words" });
  assertEquals((await openWords(store, "words"))!.parts, crf.parts);
  assertEquals(await openWords(store, "elsewhere"), undefined);
});

/** The error for a file of words that was written otherwise. */
async function refusalOf(changed: (content: WordsContent) => WordsContent): Promise<string> {
  const store = new MemoryStore();
  await writeSafetensors(store, "words.safetensors", changed(wordsContent(crf, { weight: 0.5 })));
  const source = await openSafetensors(store, "words.safetensors");
  return (await assertRejects(() => readWords(source), CheckpointError)).message;
}

/** A change of the bytes of one tensor. */
const withBytes =
  (name: string, bytes: (old: Uint8Array) => Uint8Array) => ({ tensors, metadata }: WordsContent) => ({
    metadata,
    tensors: tensors.map((tensor) =>
      tensor.name === name
        ? { ...tensor, bytes: () => bytes((tensor.bytes() as Uint8Array).slice()) }
        : tensor
    ),
  });

Deno.test("damaged words are refused with file, tensor and what is wrong", async () => {
  const filled = (value: number) => (old: Uint8Array) => old.fill(value);
  const cases: [says: string, change: (content: WordsContent) => WordsContent][] = [
    ["found none", (content) => ({ ...content, metadata: {} })],
    ["version", (content) => ({ ...content, metadata: { lacuna_words: '{"version":2,"labels":["O"]}' } })],
    ["expected JSON", (content) => ({ ...content, metadata: { lacuna_words: "{" } })],
    ["IOB2", (content) => ({
      ...content,
      metadata: { lacuna_words: '{"version":1,"labels":["O","S-LOC","I-LOC","B-PER","I-PER"]}' },
    })],
    ["no such tensor", ({ tensors, ...content }) => ({ ...content, tensors: tensors.slice(1) })],
    ['tensor "weights": expected finite', withBytes("weights", filled(255))],
    ["expected tensors that fit each other", withBytes("rows", filled(64))],
    ["expected JSON", withBytes("traits", filled(65))],
  ];
  for (const [says, change] of cases) {
    const message = await refusalOf(change);
    assertStringIncludes(message, says);
    assertStringIncludes(message, "words.safetensors");
  }
});
