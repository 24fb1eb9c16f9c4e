import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Layer, normSpecs, type Role } from "../../src/nn/specs.ts";
import { groupOf } from "../../src/optim/groups.ts";

const layers = { numHiddenLayers: 12 };

Deno.test("biases and norms have no weight decay, weights and tables do", () => {
  const decays = (role: Role) => groupOf({ role, layer: 0 }, layers)!.decay;
  assertEquals(decays("product"), true);
  assertEquals(decays("table"), true);
  assertEquals(decays("bias"), false);
  assertEquals(decays("norm"), false);
  for (const spec of normSpecs("LayerNorm", 4, "head")) assertEquals(groupOf(spec, layers)!.decay, false);
});

Deno.test("layer-wise decay falls from the head over the layers to the embeddings", () => {
  const rate = (layer: Layer) =>
    groupOf({ role: "product", layer }, { ...layers, layerDecay: 0.9, headMultiplier: 10 })!.rate;
  assertEquals(rate("head"), 10);
  assertEquals(rate(11), 1);
  assertAlmostEquals(rate(10), 0.9);
  assertAlmostEquals(rate(0), 0.9 ** 11);
  assertAlmostEquals(rate("embeddings"), 0.9 ** 12);
});

Deno.test("a parameter of a head can learn at a rate of its own, as a multiple of the head's", () => {
  const spec = { role: "table", layer: "head", rate: 3 } as const;
  assertEquals(groupOf(spec, { ...layers, headMultiplier: 10 })!.rate, 30);
});

Deno.test("frozen embeddings and layers have no group", () => {
  const frozen = { ...layers, freezeEmbeddings: true, freezeLayers: 2 };
  const isFrozen = (layer: Layer) => groupOf({ role: "bias", layer }, frozen) === undefined;
  assertEquals(isFrozen("embeddings"), true);
  assertEquals(isFrozen(1), true);
  assertEquals(isFrozen(2), false);
  assertEquals(isFrozen(10), false);
  assertEquals(isFrozen("head"), false);
});
