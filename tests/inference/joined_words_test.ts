import { assert, assertEquals } from "@std/assert";
import { trainWordCrf } from "../../src/crf/train_word_crf.ts";
import { tagDecoder } from "../../src/evaluation/decoding.ts";
import { fitWeight, joinDecoder, joinLogits } from "../../src/inference/joined_words.ts";
import { sentences } from "../fixtures.ts";
import { learntConll } from "../tiny_tagger.ts";

const dev = sentences(learntConll);
const labels = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"];
const crf = await trainWordCrf(dev, { labels });

/** An encoder that says `sure` for the gold tag of every word, and nothing else. */
const encoder = (sure: number) => ({
  logits: () =>
    Promise.resolve(
      dev.map(({ tags }) =>
        Float32Array.from(tags.flatMap((tag) => labels.map((label) => label === tag ? sure : 0)))
      ),
    ),
  decoder: () => Promise.resolve(tagDecoder(labels)),
});

Deno.test("fitWeight() takes words to an encoder that knows nothing, and none that are wrong, or on dev without entities", async () => {
  assert(await fitWeight(encoder(0), crf, { dev }) > 0);
  const wrong = await trainWordCrf(
    dev.map(({ words, tags }) => ({ words, tags: tags.map((tag) => tag === "O" ? "B-LOC" : "O") })),
    { labels },
  );
  assertEquals(await fitWeight(encoder(9), wrong, { dev }), 0);
  const empty = dev.map(({ words, tags }) => ({ words, tags: tags.map(() => "O") }));
  assertEquals(await fitWeight(encoder(0), crf, { dev: empty }), 0);
});

Deno.test("joined scores are sums: twice the logits and words times 2 give the tags of the logits and words times 1", () => {
  const { words } = dev[0];
  const logits = Float32Array.from({ length: words.length * labels.length }, (_, i) => Math.sin(i));
  const tags = (scale: number) => {
    const joined = { crf, weight: scale / 4 };
    const decoder = joinDecoder(tagDecoder(labels), joined, {});
    return decoder.decode(joinLogits(logits.map((logit) => scale * logit), words, joined)).tags;
  };
  assertEquals(tags(2), tags(1));
  // Words alone, as the encoder says nothing.
  const alone = { crf, weight: 1 };
  const silent = joinLogits(new Float32Array(logits.length), words, alone);
  assertEquals(joinDecoder(tagDecoder(labels), alone, {}).decode(silent).tags, crf.tag(words));
});
