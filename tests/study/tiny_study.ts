/** A study of tiny models on made-up sentences, in memory. */

import { tagSet } from "../../src/data/tag_set.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { namedArm } from "../../src/study/arms.ts";
import type { StudyEvent } from "../../src/study/events.ts";
import type { StudyInput } from "../../src/study/input.ts";
import type { StudyPlan } from "../../src/study/plan.ts";
import { runStudy, type StudyResult } from "../../src/study/study.ts";
import type { StudyData } from "../../src/study/study_data.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";

/** Two arms at one size, one seed each, trained for a fraction of a second. */
export const tinyPlan: StudyPlan = {
  arms: ["none", "span"].map(namedArm),
  sizes: [8],
  seeds: [1],
  budgetEpochs: 4,
  testLimit: 5,
  settings: { learningRate: 1e-2, headLearningRate: 1e-2, batchTokens: 60 },
};

/** Made-up sentences under a name. */
export function tinyData(name = "swa", seed = 1): StudyData {
  const training = syntheticSentences(30, seed);
  return {
    name,
    training,
    dev: syntheticSentences(6, seed + 100),
    test: syntheticSentences(9, seed + 200),
    labels: tagSet(training).labels,
  };
}

/** What a tiny study is given. */
export async function tinyInput(
  { plan = {}, ...input }: Omit<Partial<StudyInput>, "plan"> & { plan?: Partial<StudyPlan> } = {},
): Promise<StudyInput> {
  return {
    plan: { ...tinyPlan, ...plan },
    data: [tinyData()],
    checkpoint: { name: "tiny", hash: "0", start: { store: await tinyModelStore(), dir: "", scratch: true } },
    out: { store: new MemoryStore(), dir: "" },
    work: { store: new MemoryStore(), dir: "" },
    openDevice: () => Promise.resolve(new CpuDevice()),
    jobs: 1,
    versions: { lacuna: "0" },
    ...input,
  };
}

/** Runs it, and keeps its events. */
export async function runTiny(
  input: Parameters<typeof tinyInput>[0] = {},
): Promise<{ result: StudyResult; events: StudyEvent[]; store: MemoryStore }> {
  const events: StudyEvent[] = [];
  const complete = await tinyInput(input);
  const result = await runStudy({
    ...complete,
    onEvent: (event) => {
      events.push(event);
      complete.onEvent?.(event);
    },
  });
  return { result, events, store: complete.out.store as MemoryStore };
}
