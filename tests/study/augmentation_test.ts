import { assert, assertEquals, assertRejects } from "@std/assert";
import { OptionError } from "../../src/errors.ts";
import { namedArm } from "../../src/study/arms.ts";
import { tinyMaskedLmStore } from "../tiny_masked_lm.ts";
import { tinyTaggerStore } from "../tiny_tagger.ts";
import { runTiny, tinyPlan } from "./tiny_study.ts";

const checkpoint = {
  name: "tiny",
  hash: "0",
  start: { store: await tinyMaskedLmStore(), dir: "" },
};
const plan = {
  arms: [namedArm("none"), namedArm("augmentation")],
  settings: { ...tinyPlan.settings, augmentationEpochs: 3 },
};

Deno.test("an arm with augmentation spends the tokens of the others, what its names cost included", async () => {
  const { result, events } = await runTiny({ checkpoint, plan: { ...plan, budgetEpochs: 20 } });
  const [none, augmented] = result.records;
  const step = 60;
  const difference = augmented.cost.forwardBackwardTokens - none.cost.forwardBackwardTokens;
  assert(Math.abs(difference) <= step, `${difference} tokens more`);
  assert(augmented.cost.steps < none.cost.steps);
  assertEquals(augmented.curve.at(-1)!.tokens, augmented.cost.forwardBackwardTokens);
  const told = events.flatMap((event) =>
    event.type === "tokens" && event.key.arm === "augmentation" ? event.tokens : []
  );
  assertEquals(told.reduce((sum, tokens) => sum + tokens, 0), augmented.cost.forwardBackwardTokens);
});

Deno.test("a run whose augmentation takes the whole budget fails, and the others go on", async () => {
  const { result } = await runTiny({ checkpoint, plan: { ...plan, budgetEpochs: 2 } });
  assertEquals(result.records.map(({ key }) => key.arm), ["none"]);
  const [{ run, message }] = result.failures;
  assertEquals(run, "augmentation-swa-8-1");
  assert(
    /^Expected a budget of more than the \d+ tokens that the augmentation takes but found \d+/.test(message),
  );
});

Deno.test("augmentation without a trained masked-LM head is refused before anything is trained", async () => {
  const openDevice = () => Promise.reject(new Error("opened a device"));
  const tagger = { ...checkpoint, start: { store: await tinyTaggerStore(), dir: "" } };
  for (const without of [{}, { checkpoint: tagger }]) {
    await assertRejects(
      () => runTiny({ ...without, plan, openDevice }),
      OptionError,
      "Expected a trained masked-LM head, which proposes the names for augmentation",
    );
  }
});
