import { mentionTexts } from "../../src/evaluation/entities.ts";
import type { RunKey, RunRecord } from "../../src/study/record.ts";
import { type TestCounts, testCounts, type TestTags } from "../../src/study/counts.ts";

const split = (...texts: string[]) => texts.map((text) => text.split(" "));

/**
 * Four sentences: one right, one cut short, one with an invented name, one where a seen name has the wrong
 * type.
 */
export const exampleTags: TestTags = {
  words: split("Asha Juma aliishi", "Chuo Kikuu cha Nairobi", "leo na kesho", "Tanga leo"),
  gold: split("B-PER I-PER O", "B-ORG I-ORG I-ORG I-ORG", "O O O", "B-LOC O"),
  predicted: split("B-PER I-PER O", "B-ORG I-ORG O O", "B-DATE O O", "B-PER O"),
  trainingMentions: mentionTexts([{ words: ["Tanga"], tags: ["B-LOC"] }]),
  context: split("B-PER I-PER O", "O O O O", "O O O", "O O"),
  recovery: { correct: 3, total: 10 },
};

/** The record of a run that never was. */
export function exampleRecord(
  key: Partial<RunKey> = {},
  test: TestCounts = testCounts(exampleTags),
): RunRecord {
  return {
    version: 1,
    key: { arm: "span", dataset: "swa", size: 100, seed: 1, ...key },
    settings: { masking: "span", epochs: 40 },
    model: "e5-small-trim",
    device: "cpu, 2 threads",
    versions: { lacuna: "0.1.0", deno: "2.9.6" },
    cost: {
      forwardBackwardTokens: 170_000,
      steps: 400,
      seconds: 600,
      secondsPerStep: 1.5,
      secondsToBest: 300,
      tokensToBest: 85_000,
      peakBytes: 600_000_000,
      parameters: { total: 34_800_000, trainable: 34_800_000 },
    },
    curve: [
      { epoch: 10, tokens: 85_000, seconds: 300, devF1: 0.7 },
      { epoch: 20, tokens: 170_000, seconds: 600, devF1: 0.69 },
    ],
    dev: { f1: 0.7, bestEpoch: 10 },
    test,
  };
}
