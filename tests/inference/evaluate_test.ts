import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
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

Deno.test("scores are calibrated on the sentences given, or with a temperature that was found before", async () => {
  const tagger = InnerTagger.of(await openTagger(new CpuDevice(), await tinyTaggerStore()));
  const learnt = sentences(learntConll);
  const options = { trainingMentions: new Set<string>() };
  // It is right everywhere, so the surer it is the better.
  const { calibration } = await evaluateTagger(tagger, learnt, options);
  assertEquals(calibration.temperature, 0.25);
  assert(calibration.after < calibration.before, `${calibration.after} ${calibration.before}`);
  const other = await evaluateTagger(tagger, learnt, { ...options, temperature: 3 });
  assertEquals([other.calibration.temperature, other.calibration.before], [3, calibration.before]);
  assert(other.calibration.after > calibration.before);
  // Nothing to find is nothing to fit on.
  const plain = [{ words: ["leo"], tags: ["O"] }];
  assertEquals((await evaluateTagger(tagger, plain, options)).calibration.temperature, 1);
});
