import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { predict, type PredictedSentence, predictStream } from "../../src/inference/predict.ts";
import { openTagger } from "../../src/inference/tagger.ts";
import { learntText, tinyTaggerStore } from "../tiny_tagger.ts";

const tagger = await openTagger(new CpuDevice(), await tinyTaggerStore());

Deno.test("predict() finds mentions; its offsets cut them out of the whole text, in UTF-16 units and in code points", async () => {
  const text = `😀\n${learntText}`;
  const { sentences } = await predict(tagger, text);
  assertEquals(sentences.map(({ text }) => text), text.trimEnd().split("\n"));
  const entities = sentences.flatMap(({ entities }) => entities);
  assertEquals(entities.map(({ type, text }) => `${type} ${text}`), [
    "PER Asha",
    "LOC Tanga",
    "PER Juma",
    "LOC Tanga",
    "LOC Tanga",
    "PER Asha Juma",
  ]);
  const codePoints = [...text];
  for (const { text: mention, start, end, startCodePoint, endCodePoint, score } of entities) {
    assertEquals(text.slice(start, end), mention);
    assertEquals(codePoints.slice(startCodePoint, endCodePoint).join(""), mention);
    assert(score > 0 && score <= 1, `score ${score}`);
  }
  for (const { words, tags, start, end, text: sentence } of sentences) {
    assertEquals(text.slice(start, end), sentence);
    assertEquals(words.map(({ start, end }) => text.slice(start, end)), words.map(({ text }) => text));
    assertEquals(tags.length, words.length);
  }
});

Deno.test("predict() finds no sentence in a text without a word", async () => {
  for (const text of ["", " \n\r\n\t", "\u200b\n\u0007"]) {
    assertEquals(await predict(tagger, text), { sentences: [] });
  }
});

Deno.test("predict() tags every word of a sentence that is longer than the model", async () => {
  const text = "Asha anaishi Tanga na Juma alienda soko leo ".repeat(20);
  const { sentences: [sentence, ...more] } = await predict(tagger, text);
  assertEquals([sentence.words.length, sentence.tags.length, more], [160, 160, []]);
});

async function collect(pieces: readonly string[], blockLength: number): Promise<PredictedSentence[]> {
  async function* stream() {
    yield* pieces;
  }
  return await Array.fromAsync(predictStream(tagger, stream(), { blockLength }));
}

Deno.test("predictStream() gives what predict() gives for the whole, however the text is cut into pieces", async () => {
  const line = fc.constantFrom(
    "Asha anaishi Tanga.",
    "Juma alienda 😀 leo. Tanga ni mji.",
    "",
    " soko\r",
    "Dkt. Asha",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 60 }),
      async (lines, cuts, blockLength) => {
        const characters = [...lines.join("\n")];
        const edges = [0, ...cuts.sort((a, b) => a - b), characters.length];
        const pieces = edges.slice(1).map((edge, i) => characters.slice(edges[i], edge).join(""));
        const text = pieces.join("");
        const [streamed, { sentences }] = [await collect(pieces, blockLength), await predict(tagger, text)];
        // Scores may differ in their last bits: another batch is summed in another order.
        const withoutScores = (found: readonly PredictedSentence[]) =>
          found.map((s) => ({ ...s, entities: s.entities.map(({ score: _, ...entity }) => entity) }));
        assertEquals(withoutScores(streamed), withoutScores(sentences));
      },
    ),
    { seed: 1, numRuns: 40 },
  );
});
