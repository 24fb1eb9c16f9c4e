import { assertEquals, assertRejects } from "@std/assert";
import { DenoStore } from "../../src/cli/files/deno_store.ts";
import { openCheckpoint } from "../../src/checkpoint/sharded.ts";
import { readConfig } from "../../src/model/config.ts";
import { matchParameters } from "../../src/model/match_parameters.ts";
import type { HeadOptions } from "../../src/model/heads.ts";
import { linearChain } from "../../src/nn/heads/linear_chain.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { openSafetensors, type TensorToWrite, toFloat32 } from "../../src/checkpoint/safetensors.ts";
import { CheckpointError } from "../../src/errors.ts";
import { storeOf, tinyConfig, tinyTagging, tinyTensors, zeros } from "../checkpoint/tiny_config.ts";

async function match(
  tensors: Iterable<TensorToWrite>,
  options: HeadOptions,
  changes: Record<string, unknown> = {},
) {
  const source = await openSafetensors(await storeOf(tensors), "model.safetensors");
  return matchParameters(source, tinyConfig(changes), options);
}

const TAGS = { tagging: tinyTagging };
const BOTH = { ...TAGS, maskedLm: true };

Deno.test("matchParameters() finds every parameter of a whole file", async () => {
  const tensors = tinyTensors(BOTH);
  const { tensors: matched, fresh, unused } = await match(tensors.values(), BOTH);
  assertEquals([...matched], [...tensors.keys()].map((name) => [name, name]));
  assertEquals([fresh, unused], [[], []]);
});

Deno.test("matchParameters() finds them without a prefix and under old names, passing over what is never used", async () => {
  const tensors = [...tinyTensors(TAGS).values()].map((tensor) => ({
    ...tensor,
    name: tensor.name.replace(/^bert\./, "").replace("LayerNorm.weight", "LayerNorm.gamma")
      .replace("LayerNorm.bias", "LayerNorm.beta"),
  }));
  const extra = [zeros("pooler.dense.weight", [4, 4]), zeros("embeddings.position_ids", [1, 8], "I64")];
  const { tensors: matched, fresh, unused } = await match([...tensors, ...extra], TAGS);
  assertEquals(matched.get("bert.embeddings.LayerNorm.weight"), "embeddings.LayerNorm.gamma");
  assertEquals([matched.size, fresh, unused], [tensors.length, [], []]);
});

Deno.test("a head that the file lacks is fresh, and a tensor that the model lacks is unused", async () => {
  const tensors = [...tinyTensors({ maskedLm: true }).values(), zeros("bert.adapter.weight", [2])];
  const { fresh, unused } = await match(tensors, TAGS);
  assertEquals(fresh, ["classifier.weight", "classifier.bias"]);
  assertEquals(unused.toSorted(), [
    "bert.adapter.weight",
    "cls.predictions.bias",
    "cls.predictions.transform.LayerNorm.bias",
    "cls.predictions.transform.LayerNorm.weight",
    "cls.predictions.transform.dense.bias",
    "cls.predictions.transform.dense.weight",
  ]);
});

Deno.test("a tagging head for other tags, or the same in another order, is not taken", async () => {
  for (const labels of [["B-LOC", "I-LOC", "O"], ["O", "B-PER", "I-PER"], ["O"]]) {
    const { fresh, unused } = await match(tinyTensors(TAGS).values(), {
      tagging: tokenClassification.of(labels),
    });
    assertEquals(fresh, ["classifier.weight", "classifier.bias"]);
    assertEquals(unused.toSorted(), ["classifier.bias", "classifier.weight"]);
  }
  const same = await match(tinyTensors(TAGS).values(), TAGS);
  assertEquals(same.fresh, []);
});

Deno.test("of a tagging head of another kind what has the same name is taken, and the rest is fresh", async () => {
  const tagging = linearChain.of(tinyTagging.labels);
  const { fresh } = await match(tinyTensors(TAGS).values(), { tagging, checkpointHead: "linear" }, {
    lacuna: { head: "crf" },
  });
  assertEquals(fresh, ["crf.transitions", "crf.start_transitions", "crf.end_transitions"]);
});

Deno.test("a missing tensor of the encoder is named, with names near it", async () => {
  const tensors = tinyTensors(TAGS);
  const name = "bert.encoder.layer.1.attention.self.query.weight";
  tensors.delete(name);
  const text =
    `tensor "${name}": expected it, since the model needs it, found no such tensor; names near it are ` +
    `"bert.encoder.layer.0.attention.self.query.weight", "bert.encoder.layer.1.attention.self.key.weight"`;
  await assertRejects(() => match(tensors.values(), TAGS), CheckpointError, text);
});

Deno.test("half a head is an error, not half a fresh one", async () => {
  const tensors = tinyTensors(TAGS);
  tensors.delete("classifier.bias");
  await assertRejects(() => match(tensors.values(), TAGS), CheckpointError, `tensor "classifier.bias"`);
});

Deno.test("weights of another model: how many tensors are missing, or the shape that does not fit", async () => {
  const text = "no such tensor (16 are missing in all)";
  await assertRejects(
    () => match(tinyTensors(TAGS).values(), TAGS, { num_hidden_layers: 3 }),
    CheckpointError,
    text,
  );
  await assertRejects(
    () => match(tinyTensors(TAGS).values(), TAGS, { vocab_size: 12 }),
    CheckpointError,
    `tensor "bert.embeddings.word_embeddings.weight": expected shape [12, 4] after config.json, found [11, 4]`,
  );
});

Deno.test("two tensors for one parameter, and one that is no float, are refused", async () => {
  const twice = [...tinyTensors(TAGS).values(), zeros("embeddings.LayerNorm.gamma", [4])];
  await assertRejects(
    () => match(twice, TAGS),
    CheckpointError,
    `expected one tensor for "bert.embeddings.LayerNorm`,
  );
  const tensors = tinyTensors(TAGS).set("classifier.bias", zeros("classifier.bias", [3], "I64"));
  await assertRejects(
    () => match(tensors.values(), TAGS),
    CheckpointError,
    `dtype F32, F16 or BF16, or codes with scales in "classifier.bias_scale", found I64`,
  );
});

Deno.test("the golden checkpoints of both families match to the last tensor", async () => {
  for (const model of ["tiny-bert", "tiny-xlm-roberta"]) {
    const store = new DenoStore(new URL(`../golden/${model}`, import.meta.url).pathname);
    const source = await openCheckpoint(store, "");
    const config = await readConfig(store, "");
    const { tensors, fresh, unused } = matchParameters(source, config, {
      tagging: tokenClassification.of(config.id2label),
      maskedLm: true,
    });
    assertEquals([tensors.size, fresh, unused], [source.tensors.size, [], []]);
  }
});

const e5 = new URL("../../../shared/checkpoints/e5-small-trim", import.meta.url).pathname;
const hasE5 = await new DenoStore(e5).exists("model.safetensors");

Deno.test({
  name:
    "a real F16 checkpoint without prefixes matches, and its numbers are finite (needs shared/checkpoints)",
  ignore: !hasE5,
  async fn() {
    const store = new DenoStore(e5);
    const config = await readConfig(store, "");
    const source = await openCheckpoint(store, "");
    const { tensors, fresh, unused } = matchParameters(source, config, {
      tagging: tokenClassification.of(["B-PER", "O"]),
    });
    assertEquals([tensors.size, source.tensors.size], [197, 197]); // 5 + 12 layers x 16
    assertEquals([fresh, unused], [["classifier.weight", "classifier.bias"], []]);
    const rows = await source.readRows(
      tensors.get("bert.embeddings.word_embeddings.weight")!,
      34_700,
      34_706,
    );
    const values = toFloat32("F16", rows);
    assertEquals([values.length, values.every(Number.isFinite)], [6 * 384, true]);
  },
});
