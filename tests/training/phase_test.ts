import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { readConfig } from "../../src/model/config.ts";
import { IGNORED } from "../../src/data/packed_batch.ts";
import { tagSet } from "../../src/data/tag_set.ts";
import { openTokenizer } from "../../src/model/tokenizer_files.ts";
import { oneCopy } from "../../src/study/arms.ts";
import { encodeSentence } from "../../src/text/alignment.ts";
import { maskVocabulary } from "../../src/run/contribution.ts";
import { augmentationPhase } from "../../src/training/name_learning.ts";
import { adaptationPhase, type Phase, taggingPhase } from "../../src/training/phase.ts";
import { largestBatch } from "../../src/training/largest_batch.ts";
import { fingerprint } from "../../src/run/fingerprint.ts";
import { checkSettings, type TrainingSettings } from "../../src/training/settings.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";

const store = await tinyModelStore();
const { tokenizer } = await openTokenizer(store, { dir: "", config: await readConfig(store, "") });

async function phaseOf(settings: Partial<TrainingSettings>, sentences = 10): Promise<Phase> {
  const training = syntheticSentences(sentences);
  return await taggingPhase(training, {
    tokenizer,
    maxTokens: 200,
    settings: checkSettings({ batchTokens: 60, epochs: 4, ...settings }),
    tagSet: tagSet(training),
  });
}

/** What each micro-batch is made of, `[steps][micro-batches][windows]`. */
function contributionsOf({ steps, contribution }: Phase) {
  return steps.map((step) =>
    step.microBatches.map((windows) => windows.map((window) => contribution(window, step)))
  );
}

Deno.test("one masked copy of each sentence is what it was before there could be more, to the last mask", async () => {
  const pinned = [
    ["token", "corrupt", "e3ad5995fd5bf541"],
    ["span", "corrupt", "be18e39cd97058fc"],
    ["span", "joint", "a7648d0f49c1a4bf"],
    ["entity", "corrupt", "0995df9dad6f17b5"],
  ] as const;
  for (const [masking, objective, hash] of pinned) {
    const contributions = contributionsOf(await phaseOf({ ...oneCopy, masking, objective }));
    // The words of a sequence and what it was before came later, and follow from what is masked.
    const later = ["words", "unmaskedIds"];
    const masks = JSON.parse(
      JSON.stringify(contributions, (name, value) => later.includes(name) ? undefined : value),
    );
    assertEquals(fingerprint(masks), hash, masking);
  }
});

Deno.test("every phase masks text otherwise in another epoch, and alike when it is asked again", async () => {
  const sentences = syntheticSentences(10);
  const settings = checkSettings({ batchTokens: 60, ...oneCopy });
  const input = { tokenizer, maxTokens: 200, settings };
  const raw = sentences.map(({ words }) => words.join(" "));
  const marked = sentences.map((sentence) => ({
    sentence,
    encoded: encodeSentence(tokenizer, sentence.words, { maxTokens: 200 })[0],
  }));
  const phases = [
    await taggingPhase(sentences, { ...input, tagSet: tagSet(sentences) }),
    await adaptationPhase(raw, input),
    augmentationPhase(marked, { vocabulary: maskVocabulary(tokenizer), settings }),
  ];
  for (const { name, contribution } of phases) {
    const masks = (epoch: number) =>
      sentences.map((_, window) =>
        contribution(window, { epoch, progress: 0 }).sequences.map(({ spans }) => spans)
      );
    assertNotEquals(masks(1), masks(0), name);
    assertEquals(masks(1), masks(1), name);
  }
});

Deno.test("an adaptation masks spans of whole words, of one word and of more", async () => {
  const raw = syntheticSentences(40).map(({ words }) => words.join(" "));
  const { contribution } = await adaptationPhase(raw, {
    tokenizer,
    maxTokens: 200,
    settings: checkSettings({}),
  });
  const lengths = raw.flatMap((_, window) =>
    contribution(window, { epoch: 0, progress: 0 }).sequences.flatMap(({ spans, wordOf }) =>
      spans.map(({ start, end }) => {
        assert(wordOf[start - 1] !== wordOf[start] && wordOf[end - 1] !== wordOf[end]);
        return new Set(wordOf.slice(start, end)).size;
      })
    )
  );
  assert(lengths.includes(1) && lengths.some((words) => words > 1));
});

Deno.test("a word in the overlap of two windows is trained in one of them", async () => {
  const sentences = syntheticSentences(5);
  const phase = await taggingPhase(sentences, {
    tokenizer,
    maxTokens: 8,
    settings: checkSettings({ masking: "none" }),
    tagSet: tagSet(sentences),
  });
  const all = contributionsOf({ ...phase, steps: phase.steps.filter(({ epoch }) => epoch === 0) }).flat(2);
  const labels = all.flatMap(({ sequences }) => sequences.flatMap(({ labels }) => labels));
  const words = sentences.flatMap(({ words }) => words).length;
  assertEquals(labels.filter((label) => label !== IGNORED).length, words);
  assert(labels.length > words, "no window overlaps another");
});

Deno.test("masked copies mask the share that they are to mask, whatever their number", async () => {
  for (const [maskedCopies, maskedShare] of [[1, 0.3], [3, 0.15], [1.5, 0.4]]) {
    const all = contributionsOf(await phaseOf({ maskedCopies, maskedShare, epochs: 10 }, 60)).flat(2);
    const sum = (numbers: number[]) => numbers.reduce((sum, n) => sum + n, 0);
    const masked = sum(
      all.flatMap(({ sequences }) =>
        sequences.flatMap(({ spans }) => spans.map(({ start, end }) => end - start))
      ),
    );
    assertAlmostEquals(masked / sum(all.map(({ maskable }) => maskable)), maskedShare, 0.01);
  }
});

Deno.test("a schedule of masking leaves the first steps plain, and makes the last ones almost so", async () => {
  const schedule = { maskFrom: 0.25, annealFrom: 0.5, maskedCopies: 2 };
  const phase = await phaseOf({ ...schedule, epochs: 40 }, 40);
  const contributions = contributionsOf(phase);
  /** Masked copies a sentence, whole ones too, in a stretch of the run. */
  const copies = (from: number, to: number) => {
    const all = phase.steps.flatMap(({ progress }, i) =>
      progress >= from && progress < to ? contributions[i].flat() : []
    );
    return all.reduce((sum, { maskable }) => sum + maskable, 0) /
      all.reduce((sum, { sequences: [{ wordOf }] }) => sum + wordOf.filter((word) => word >= 0).length, 0);
  };
  assertEquals([copies(0, 0.25), copies(0.25, 0.5)], [0, 2]);
  assertAlmostEquals(copies(0.5, 0.75), 1.5, 0.1);
  assertAlmostEquals(copies(0.75, 1), 0.5, 0.1);
  assert(copies(0.95, 1) < 0.1);
});

Deno.test("the memory of a run is planned for the most tokens, tags and masks that a micro-batch has, masked copies included", async () => {
  const anySettings = fc.record({
    arm: fc.constantFrom<Partial<TrainingSettings>>(
      { masking: "none" },
      { masking: "prompt" },
      { objective: "corrupt" },
      { objective: "replace" },
      { objective: "joint" },
    ),
    maskedCopies: fc.double({ min: 0.1, max: 4, noNaN: true }),
    maskFrom: fc.constantFrom(0, 0.3),
    annealFrom: fc.constantFrom(0.2, 1),
    seed: fc.nat(99),
  });
  await fc.assert(
    fc.asyncProperty(anySettings, async ({ arm, ...schedule }) => {
      const phase = await phaseOf({ ...schedule, ...arm });
      const batches = contributionsOf(phase).flat().map((micro) =>
        micro.flatMap(({ sequences }) => sequences)
      );
      const most = (rows: "ids" | "labels" | "mlmTargets") =>
        Math.max(...batches.map((batch) => batch.reduce((sum, sequence) => sum + sequence[rows].length, 0)));
      assertEquals(await largestBatch(phase), {
        tokens: most("ids"),
        tagged: most("labels"),
        masked: most("mlmTargets"),
      });
    }),
    { seed: 1, numRuns: 20 },
  );
});
