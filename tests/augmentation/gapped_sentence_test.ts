import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { GappedSentence } from "../../src/augmentation/gapped_sentence.ts";
import { markNames, typeMarkers } from "../../src/augmentation/markers.ts";
import { nameWordMasking } from "../../src/augmentation/name_words.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { Random } from "../../src/random/random.ts";
import { encodeSentence } from "../../src/text/alignment.ts";
import { syntheticSentences } from "../fixtures.ts";
import { tinyTokenizer } from "../text/golden_tokenizers.ts";

const tokenizer = tinyTokenizer("wordpiece");
const markers = typeMarkers(["LOC", "PER"], tokenizer);
const maskId = tokenizer.maskId!;

/** A copy with gaps, filled from made-up logits. */
function propose(
  sentence: Sentence,
  seed: number,
  favoured = (_row: number): number | undefined => undefined,
) {
  const [window] = encodeSentence(tokenizer, sentence.words, { maxTokens: 200 });
  const encoded = markNames(window, { tags: sentence.tags, markers });
  const random = new Random(seed, "proposal");
  const gaps = nameWordMasking.plan({ encoded, tags: sentence.tags, share: 0.5, random });
  const copy = new GappedSentence({ sentence, encoded }, { gaps, maskId, random });
  const masked = copy.ids.filter((id) => id === maskId).length;
  assertEquals(masked, gaps.reduce((sum, { start, end }) => sum + end - start, 0));
  const noise = new Random(seed, "logits");
  for (let round = 0, rows = copy.rows(0); rows.length > 0; rows = copy.rows(++round)) {
    for (const row of rows) {
      const logits = Float32Array.from({ length: tokenizer.vocabSize }, () => noise.uniform());
      const best = favoured(row);
      if (best !== undefined) logits[best] = 1000;
      copy.fill(row, { logits, reader: tokenizer });
    }
  }
  assert(!copy.ids.includes(maskId), "a gap is left");
  return { encoded, proposal: copy.sentence(tokenizer) };
}

const anySentence = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.nat()).map(([seed, draw]) => ({
  sentence: syntheticSentences(1, seed)[0],
  draw,
}));

Deno.test("a proposal has the tags and the number of words of its sentence, and other words in names only", () => {
  fc.assert(
    fc.property(anySentence, ({ sentence, draw }) => {
      const { proposal } = propose(sentence, draw);
      if (!proposal) return;
      assertEquals(proposal.tags, sentence.tags);
      assertEquals(proposal.words.length, sentence.words.length);
      const other = proposal.words.flatMap((word, i) => word === sentence.words[i] ? [] : [i]);
      assert(other.length > 0 && other.every((i) => sentence.tags[i] !== "O"));
      for (const word of proposal.words) {
        assert(/^\S+$/.test(word), JSON.stringify(word));
        assert(!tokenizer.encodeWord(word).some((id) => tokenizer.specialIds.has(id)), word);
      }
    }),
    { seed: 1 },
  );
});

Deno.test("the same seed proposes the same names", () => {
  const [sentence] = syntheticSentences(1);
  assertEquals(propose(sentence, 3).proposal, propose(sentence, 3).proposal);
});

Deno.test("a copy in which all names come back is no proposal", () => {
  const [sentence] = syntheticSentences(1);
  const { encoded } = propose(sentence, 1);
  assertEquals(propose(sentence, 1, (row) => encoded.ids[row]).proposal, undefined);
});

Deno.test("a gap that no piece fits into gets its word back", () => {
  const [sentence] = syntheticSentences(1);
  const [window] = encodeSentence(tokenizer, sentence.words, { maxTokens: 200 });
  const encoded = markNames(window, { tags: sentence.tags, markers });
  const random = new Random(1);
  const gaps = nameWordMasking.plan({ encoded, tags: sentence.tags, random });
  const copy = new GappedSentence({ sentence, encoded }, { gaps, maskId, random });
  const reader = { ...tokenizer, specialIds: new Set(Array(tokenizer.vocabSize).keys()) };
  const logits = new Float32Array(tokenizer.vocabSize);
  for (const row of copy.rows(0)) copy.fill(row, { logits, reader });
  assertEquals(copy.rows(1), []);
  assertEquals([...copy.ids], [...encoded.ids]);
  assertEquals(copy.sentence(tokenizer), undefined);
});
