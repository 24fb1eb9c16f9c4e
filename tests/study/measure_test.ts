import { assert, assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { train } from "../../src/training/trainer.ts";
import { tinyModelStore } from "../fixtures.ts";
import { withoutNames } from "../../src/study/measure.ts";
import { namedArm } from "../../src/study/arms.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { runTiny } from "./tiny_study.ts";

Deno.test("without its names a sentence keeps its other words, and every word of a name becomes a mask", () => {
  const sentence = { words: ["Asha", "Juma", "alienda", "Tanga"], tags: ["B-PER", "I-PER", "O", "B-LOC"] };
  assertEquals(withoutNames(sentence, "[MASK]"), ["[MASK]", "[MASK]", "alienda", "[MASK]"]);
});

Deno.test("spans are recovered by the head that the run trained, and not at all where no head was trained", async () => {
  const checkpoint = { name: "tagger", hash: "1", start: { store: await tinyTaggerStore(), dir: "" } };
  const arms = ["none", "span", "span+joint", "prompt"].map(namedArm);
  const { result } = await runTiny({ checkpoint, plan: { arms } });
  const [none, span, joint, prompt] = result.records.map(({ test }) => test!);
  for (const { recovery } of [none, span, prompt]) {
    assertEquals(recovery, {
      absent: "there is no masked-LM head, neither in the checkpoint nor from the run",
    });
  }
  assertEquals("total" in joint.recovery && joint.recovery.total > 0, true);
  for (const { context } of [none, span, joint, prompt]) {
    assertEquals("gold" in context && context.gold, none.sentences.gold.reduce((sum, n) => sum + n, 0));
  }
});

Deno.test("a checkpoint with a masked-LM head and the tags of other names lends its head to all arms", async () => {
  const device = new CpuDevice();
  const store = new MemoryStore();
  const other = [{ words: ["Asha", "alikuja"], tags: ["B-NAME", "O"] }];
  await train({
    device,
    start: { store: await tinyModelStore(), dir: "", scratch: true },
    out: { store, dir: "" },
    training: other,
    dev: other,
    keepMaskedLm: true,
    settings: { objective: "joint", maxSteps: 1 },
  });
  device.destroy();
  const checkpoint = { name: "both", hash: "1", start: { store, dir: "" } };
  const { result } = await runTiny({ checkpoint });
  for (const { test } of result.records) assert("total" in test!.recovery && test!.recovery.total > 0);
});
