import { assert } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import type { Device } from "../../src/device/device.ts";
import { openTagger, tagSentences } from "../../src/inference/tagger.ts";
import { Parameters } from "../../src/nn/parameters.ts";
import { pretrain } from "../../src/pretraining/pretrain.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { syntheticSentences, tinyModelStore } from "../fixtures.ts";
import { filesOf, repetitiveText } from "../pretraining/text.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { inShortestTurns } from "../turns.ts";

const taggerStore = await tinyTaggerStore();

/** What has to let others have a turn, so many times as it is large. */
const programs: Record<string, (device: Device, size: number, begin: () => void) => Promise<unknown>> = {
  "a step of training": async (device, size, begin) =>
    await train({
      device,
      start: { store: await tinyModelStore(), dir: "", scratch: true },
      out: { store: new MemoryStore(), dir: "" },
      training: syntheticSentences(10),
      dev: syntheticSentences(1, 2),
      settings: { batchTokens: 100, maxSteps: size, evaluations: 1 },
      onEvent: ({ type }) => type === "start" && begin(),
    }),
  "a step of pretraining": async (device, size, begin) =>
    await pretrain({
      device,
      start: { store: await tinyModelStore(), dir: "", scratch: true },
      out: { store: new MemoryStore(), dir: "" },
      text: filesOf(repetitiveText(10)),
      settings: { batchTokens: 50, maxSteps: size },
      onEvent: ({ type }) => type === "start" && begin(),
    }),
  "a parameter that is saved": async (device, size, begin) => {
    const specs = Array.from({ length: size }, (_, i) => ({ name: `${i}`, shape: [2, 2], group: undefined }));
    const parameters = new Parameters(device, specs);
    begin();
    for (const { name } of specs) await parameters.read(name);
  },
  "a batch of tagging": async (device, size, begin) => {
    const tagger = await openTagger(device, taggerStore);
    begin();
    await tagSentences(tagger, syntheticSentences(size).map(({ words }) => words), { batchTokens: 1 });
  },
};

for (const [name, run] of Object.entries(programs)) {
  Deno.test(`${name} lets others have a turn of the thread, also where no device makes it wait`, async () => {
    const turnsOf = (size: number) =>
      inShortestTurns(async (turns) => {
        let before = 0;
        // A device that computes nothing never keeps anybody waiting.
        await run(new CpuDevice().rehearsal(), size, () => before = turns());
        return turns() - before;
      });
    const [few, many] = [await turnsOf(4), await turnsOf(9)];
    assert(many - few >= 5, `${few} turns for 4, ${many} for 9`);
  });
}
