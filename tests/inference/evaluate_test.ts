import { assertAlmostEquals, assertEquals } from "@std/assert";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { evaluateTagger } from "../../src/inference/evaluate.ts";
import { InnerTagger } from "../../src/inference/model_tagger.ts";
import { openTagger } from "../../src/inference/tagger.ts";
import { sentences } from "../fixtures.ts";
import { learntConll, tinyTaggerStore } from "../tiny_tagger.ts";

Deno.test("the loss of an evaluation is a mean over words: sentences that are there twice do not change it", async () => {
  const tagger = InnerTagger.of(await openTagger(new CpuDevice(), await tinyTaggerStore()));
  const learnt = sentences(learntConll);
  const options = { trainingMentions: new Set<string>() };
  const once = await evaluateTagger(tagger, learnt, options);
  const twice = await evaluateTagger(tagger, [...learnt, ...learnt], options);
  assertAlmostEquals(twice.loss, once.loss, 1e-6);
  assertEquals(twice.report.strict.micro.f1, once.report.strict.micro.f1);
});
