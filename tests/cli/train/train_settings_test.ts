import { assertEquals } from "@std/assert";
import { type Start, trainingSettingsOf } from "../../../src/cli/train/train_settings.ts";
import { defaultSettings } from "../../../src/training/settings.ts";

/** What a run is trained with, as far as it differs by its start. */
function settingsOf(
  start: Start,
  train?: string,
  options: { epochs?: number; freezeEmbeddings?: boolean; noFreezeEmbeddings?: boolean } = {},
) {
  const given = options as Parameters<typeof trainingSettingsOf>[0];
  const settings = trainingSettingsOf(given, { start, train });
  const { epochs, batchTokens, learningRate, headLearningRate, freezeEmbeddings } = settings;
  return { epochs, batchTokens, learningRate, headLearningRate, freezeEmbeddings };
}

Deno.test("the embedded model has its own rates and batches, frozen embeddings, and fewer epochs on the embedded corpus, unless asked for others", () => {
  const { epochs, batchTokens, learningRate, headLearningRate } = defaultSettings;
  const usual = { epochs, batchTokens, learningRate, headLearningRate, freezeEmbeddings: false };
  assertEquals(settingsOf("checkpoint"), usual);
  assertEquals(settingsOf("checkpoint", undefined, { freezeEmbeddings: true }).freezeEmbeddings, true);
  const own = settingsOf("embedded", "train.conll");
  assertEquals(own, {
    ...usual,
    batchTokens: 128,
    learningRate: 2e-4,
    headLearningRate: 2e-3,
    freezeEmbeddings: true,
  });
  assertEquals(settingsOf("embedded", "a", { noFreezeEmbeddings: true }).freezeEmbeddings, false);
  assertEquals(settingsOf("embedded"), { ...own, epochs: 6 });
  assertEquals(settingsOf("embedded", undefined, { epochs: 9 }), { ...own, epochs: 9 });
  assertEquals(settingsOf("scratch").epochs, epochs);
});
