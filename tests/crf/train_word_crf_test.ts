import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { logPartition, pathScore } from "../../src/crf/linear_chain.ts";
import { trainWordCrf } from "../../src/crf/train_word_crf.ts";
import { WordCrf } from "../../src/crf/word_crf.ts";
import { OptionError } from "../../src/errors.ts";
import type { Sentence } from "../../src/data/sentence.ts";

const LABELS = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"];

/** `Amina/B-PER Juma/I-PER alisafiri` as a sentence. */
function sentence(text: string): Sentence {
  const pairs = text.split(" ").map((pair) => pair.split("/"));
  return { words: pairs.map(([word]) => word), tags: pairs.map(([, tag = "O"]) => tag) };
}

const SENTENCES = [
  "Amina/B-PER Juma/I-PER alisafiri kwenda Mwanza/B-LOC .",
  "Rais Hassan/B-PER alifika Dodoma/B-LOC jana .",
  "Mkutano ulifanyika Dar/B-LOC es/I-LOC Salaam/I-LOC .",
  "Watu wengi walikuja kwenda Mwanza/B-LOC .",
  "Rais Kikwete/B-PER alisafiri jana .",
].map(sentence);

const loss = (crf: WordCrf, sentences: readonly Sentence[]) =>
  sentences.reduce((sum, { words, tags }) => {
    const chain = { ...crf.chain, emissions: crf.emissions(words) };
    return sum + logPartition(chain) - pathScore(chain, tags.map((tag) => LABELS.indexOf(tag)));
  }, 0);

Deno.test("a CRF of word features learns its sentences, and new names from what stands around them", async () => {
  const crf = await trainWordCrf(SENTENCES, { labels: LABELS });
  for (const { words, tags } of SENTENCES) assertEquals(crf.tag(words), tags);
  assertEquals(crf.tag("Rais Mwinyi alisafiri kwenda Tabora .".split(" ")), [
    "O",
    "B-PER",
    "O",
    "O",
    "B-LOC",
    "O",
  ]);
  assertEquals(crf.tag([]), []);
});

/** What is minimised, of the weights of a CRF: half of the parts that L2 and L1 weigh are seen from here. */
const penalised = (crf: WordCrf) => {
  const all = [...crf.parts.weights, ...crf.parts.transitions];
  return loss(crf, SENTENCES) +
    all.reduce((sum, weight) => sum + 0.1 * Math.abs(weight) + 0.1 * weight ** 2, 0);
};

Deno.test("its weights are a minimum of likelihood, L1 and L2: moving any of them makes all worse", async () => {
  const { parts } = await trainWordCrf(SENTENCES, { labels: LABELS });
  const least = penalised(new WordCrf(parts));
  for (const name of ["weights", "transitions"] as const) {
    parts[name].forEach((weight, i) => {
      if (weight === 0) return;
      for (const step of [-0.03, 0.03]) {
        const moved = parts[name].slice();
        moved[i] += step;
        const worse = penalised(new WordCrf({ ...parts, [name]: moved }));
        assert(worse > least, `${name} ${i}, moved by ${step}: ${worse} and ${least}`);
      }
    });
  }
});

Deno.test("the same sentences give the same bits, in any number of turns; a pause that throws ends the training", async () => {
  let pauses = 0;
  const [once, again] = [
    await trainWordCrf(SENTENCES, { labels: LABELS }),
    await trainWordCrf(SENTENCES, { labels: LABELS, pause: () => (pauses++, Promise.resolve()) }),
  ];
  assertEquals(once.parts, again.parts);
  assert(pauses > 100);
  const gone = new Error("gone");
  const thrown = await assertRejects(() =>
    trainWordCrf(SENTENCES, {
      labels: LABELS,
      pause: () => --pauses > 100 ? Promise.resolve() : Promise.reject(gone),
    })
  );
  assertEquals(thrown, gone);
});

Deno.test("a stray I- in training begins a mention, and tags that no sentence has are never given", async () => {
  const stray = SENTENCES.map(({ words, tags }) => ({
    words,
    tags: tags.map((tag) => tag.replace("B-", "I-")),
  }));
  assertEquals(
    (await trainWordCrf(stray, { labels: LABELS })).parts,
    (await trainWordCrf(SENTENCES, { labels: LABELS })).parts,
  );
  const crf = await trainWordCrf(SENTENCES, { labels: [...LABELS, "B-ORG", "I-ORG"] });
  assertAlmostEquals(loss(crf, []), 0);
  assert(!SENTENCES.flatMap(({ words }) => crf.tag(words)).includes("B-ORG"));
});

Deno.test("new WordCrf() refuses sizes that do not fit each other", async () => {
  const { parts } = await trainWordCrf(SENTENCES, { labels: LABELS });
  const { rows, weights, transitions } = parts;
  for (
    const wrong of [
      { rows: rows.subarray(1) },
      { weights: weights.subarray(1) },
      { transitions: transitions.subarray(1) },
      { rows: rows.map((row) => row + 1) },
    ]
  ) {
    await assertRejects(async () => await new WordCrf({ ...parts, ...wrong }), OptionError, "Expected rows");
  }
});
