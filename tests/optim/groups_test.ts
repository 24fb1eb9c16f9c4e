import { assertAlmostEquals, assertEquals } from "@std/assert";
import { groupOf } from "../../src/optim/groups.ts";

const layers = { numHiddenLayers: 12 };

Deno.test("biases and norms have no weight decay, weights and tables do", () => {
  const decays = (name: string) => groupOf(name, layers)!.decay;
  assertEquals(decays("bert.encoder.layer.0.attention.self.query.weight"), true);
  assertEquals(decays("bert.embeddings.word_embeddings.weight"), true);
  assertEquals(decays("bert.encoder.layer.0.attention.self.query.bias"), false);
  assertEquals(decays("bert.encoder.layer.0.output.LayerNorm.weight"), false);
  assertEquals(decays("lm_head.layer_norm.weight"), false);
  assertEquals(decays("cls.predictions.bias"), false);
});

Deno.test("layer-wise decay falls from the head over the layers to the embeddings", () => {
  const rate = (name: string) => groupOf(name, { ...layers, layerDecay: 0.9, headMultiplier: 10 })!.rate;
  assertEquals(rate("classifier.weight"), 10);
  assertEquals(rate("roberta.encoder.layer.11.output.dense.weight"), 1);
  assertAlmostEquals(rate("roberta.encoder.layer.10.output.dense.weight"), 0.9);
  assertAlmostEquals(rate("roberta.encoder.layer.0.output.dense.weight"), 0.9 ** 11);
  assertAlmostEquals(rate("roberta.embeddings.LayerNorm.bias"), 0.9 ** 12);
});

Deno.test("frozen embeddings and layers have no group", () => {
  const frozen = { ...layers, freezeEmbeddings: true, freezeLayers: 2 };
  const isFrozen = (name: string) => groupOf(name, frozen) === undefined;
  assertEquals(isFrozen("bert.embeddings.position_embeddings.weight"), true);
  assertEquals(isFrozen("bert.encoder.layer.1.output.dense.weight"), true);
  assertEquals(isFrozen("bert.encoder.layer.2.output.dense.weight"), false);
  assertEquals(isFrozen("bert.encoder.layer.10.output.dense.weight"), false);
  assertEquals(isFrozen("classifier.bias"), false);
});
