import { assertEquals } from "@std/assert";
import { type Start, trainingSettingsOf } from "../../../src/cli/train/train_settings.ts";
import { defaultSettings } from "../../../src/training/settings.ts";

/** What a run is trained with, as far as it differs by its start. */
function settingsOf(start: Start, train?: string, options: { epochs?: number } = {}) {
  const given = options as Parameters<typeof trainingSettingsOf>[0];
  const { epochs, batchTokens, learningRate, headLearningRate } = trainingSettingsOf(given, { start, train });
  return { epochs, batchTokens, learningRate, headLearningRate };
}

Deno.test("the embedded model has its own rates and batches, and fewer epochs on the embedded corpus, unless asked for others", () => {
  const { epochs, batchTokens, learningRate, headLearningRate } = defaultSettings;
  assertEquals(settingsOf("checkpoint"), { epochs, batchTokens, learningRate, headLearningRate });
  const own = settingsOf("embedded", "train.conll");
  assertEquals(own, { epochs, batchTokens: 128, learningRate: 2e-4, headLearningRate: 2e-3 });
  assertEquals(settingsOf("embedded"), { ...own, epochs: 6 });
  assertEquals(settingsOf("embedded", undefined, { epochs: 9 }), { ...own, epochs: 9 });
  assertEquals(settingsOf("scratch").epochs, epochs);
});
