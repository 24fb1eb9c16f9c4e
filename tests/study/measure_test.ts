import { assertEquals } from "@std/assert";
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
