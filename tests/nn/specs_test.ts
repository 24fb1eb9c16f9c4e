import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Tape } from "../../src/autograd/tape.ts";
import { CpuDevice } from "../../src/device/cpu/cpu_device.ts";
import { CheckpointError, OptionError } from "../../src/errors.ts";
import { type HeadOptions, savedHeads, specsOf } from "../../src/model/heads.ts";
import { familyOf, modelTypes } from "../../src/nn/families/registry.ts";
import { tokenClassification } from "../../src/nn/heads/token_classification.ts";
import { withLayers } from "../../src/model/kept_layers.ts";
import { Model } from "../../src/model/model.ts";
import { initialise } from "../../src/nn/initialise.ts";
import { parseConfig } from "../../src/model/config.ts";
import { writeConfig } from "../../src/model/write_config.ts";
import { tinyConfig, tinyTagging } from "../checkpoint/tiny_config.ts";

const LAYER = [
  ["attention.self.query.weight", [4, 4]],
  ["attention.self.query.bias", [4]],
  ["attention.self.key.weight", [4, 4]],
  ["attention.self.key.bias", [4]],
  ["attention.self.value.weight", [4, 4]],
  ["attention.self.value.bias", [4]],
  ["attention.output.dense.weight", [4, 4]],
  ["attention.output.dense.bias", [4]],
  ["attention.output.LayerNorm.weight", [4]],
  ["attention.output.LayerNorm.bias", [4]],
  ["intermediate.dense.weight", [6, 4]],
  ["intermediate.dense.bias", [6]],
  ["output.dense.weight", [4, 6]],
  ["output.dense.bias", [4]],
  ["output.LayerNorm.weight", [4]],
  ["output.LayerNorm.bias", [4]],
] as const;

/** The module of the encoder in the names of each family that computes as BERT does. */
const MODULES = {
  "bert": "bert",
  "roberta": "roberta",
  "xlm-roberta": "roberta",
  "camembert": "roberta",
  "data2vec-text": "data2vec_text",
  "ernie": "ernie",
};

Deno.test("a family like BERT lists its encoder from the embeddings upwards, under transformers' names", () => {
  for (const [model_type, encoder] of Object.entries(MODULES)) {
    const config = tinyConfig({ model_type });
    assertEquals(familyOf(config).specs(config).map(({ name, shape }) => [name, shape]), [
      [`${encoder}.embeddings.word_embeddings.weight`, [11, 4]],
      [`${encoder}.embeddings.position_embeddings.weight`, [8, 4]],
      [`${encoder}.embeddings.token_type_embeddings.weight`, [2, 4]],
      [`${encoder}.embeddings.LayerNorm.weight`, [4]],
      [`${encoder}.embeddings.LayerNorm.bias`, [4]],
      ...[0, 1].flatMap((i) =>
        LAYER.map(([name, shape]) => [`${encoder}.encoder.layer.${i}.${name}`, shape])
      ),
    ]);
  }
});

/** What DistilBERT calls the sizes of a model. */
const DISTILBERT_SIZES = { dim: 4, n_layers: 2, n_heads: 2, hidden_dim: 6 };

/** What DeBERTa-v2 has to say of its positions. */
const RELATIVE = { relative_attention: true, pos_att_type: "p2c|c2p", share_att_key: true };

/** Fields that a family needs beside those of all. */
const NEEDED: Readonly<Record<string, Record<string, unknown>>> = {
  "distilbert": DISTILBERT_SIZES,
  "modernbert": { pad_token_id: 0 },
  "deberta-v2": RELATIVE,
};

Deno.test("every parameter has one name, a role that its shape allows, and a layer", () => {
  for (const model_type of modelTypes) {
    const specs = specsOf(
      tinyConfig({ model_type, ...NEEDED[model_type] }),
      savedHeads({ tagging: tinyTagging, maskedLm: true }),
    );
    assertEquals(new Set(specs.map(({ name }) => name)).size, specs.length);
    for (const { name, shape, role } of specs) {
      assertEquals(shape.length, role === "product" || role === "table" ? 2 : 1, name);
    }
    const layers = new Set(specs.map(({ layer }) => layer));
    assertEquals([...layers], ["embeddings", 0, 1, "head"]);
  }
});

Deno.test("ERNIE with use_task_id has a table of task types, and refuses sizes that are none", () => {
  const config = tinyConfig({ model_type: "ernie", use_task_id: true });
  const table = familyOf(config).specs(config)[3];
  assertEquals([table.name, table.shape], ["ernie.embeddings.task_type_embeddings.weight", [3, 4]]);
  assertThrows(
    () => tinyConfig({ model_type: "ernie", use_task_id: true, task_type_vocab_size: -1 }),
    CheckpointError,
    "expected task_type_vocab_size to be a whole number from 1, found -1",
  );
});

Deno.test("a family may have other names for fields and parameters, and narrower embeddings", () => {
  const distilbert = tinyConfig({ model_type: "distilbert", ...DISTILBERT_SIZES, activation: "relu" });
  assertEquals([distilbert.hiddenSize, distilbert.intermediateSize, distilbert.hiddenAct], [4, 6, "relu"]);
  const names = familyOf(distilbert).specs(distilbert).map(({ name }) => name);
  assertEquals(names[4], "distilbert.transformer.layer.0.attention.q_lin.weight");
  const written = writeConfig(distilbert);
  assertEquals([written.dim, written.hidden_dim, written.activation], [4, 6, "relu"]);
  assertEquals(["type_vocab_size", "layer_norm_eps"].map((field) => field in parseConfig(written, "").raw), [
    false,
    false,
  ]);
  assertThrows(() => tinyConfig({ model_type: "distilbert" }), CheckpointError, "expected the field dim");

  const electra = tinyConfig({ model_type: "electra", embedding_size: 3 });
  const shapes = specsOf(electra, savedHeads({ maskedLm: true })).map(({ name, shape }) => [name, shape]);
  assertEquals(shapes.slice(5, 7), [
    ["electra.embeddings_project.weight", [4, 3]],
    ["electra.embeddings_project.bias", [4]],
  ]);
  assertEquals(shapes.at(-5), ["generator_predictions.dense.weight", [3, 4]]);
});

Deno.test("ModernBERT lists no biases but where config.json says so, and its heads share a transform", () => {
  const config = tinyConfig({ model_type: "modernbert", pad_token_id: 0 });
  const names = specsOf(config, savedHeads({ tagging: tinyTagging, maskedLm: true })).map(({ name }) => name);
  assertEquals(names, [
    "model.embeddings.tok_embeddings.weight",
    "model.embeddings.norm.weight",
    ...["attn.Wqkv", "attn.Wo", "mlp_norm", "mlp.Wi", "mlp.Wo"].map((name) =>
      `model.layers.0.${name}.weight`
    ),
    ...["attn_norm", "attn.Wqkv", "attn.Wo", "mlp_norm", "mlp.Wi", "mlp.Wo"].map((name) =>
      `model.layers.1.${name}.weight`
    ),
    "model.final_norm.weight",
    "head.dense.weight",
    "head.norm.weight",
    "classifier.weight",
    "classifier.bias",
    "decoder.bias",
  ]);
  const kept = withLayers(tinyConfig({ model_type: "modernbert", pad_token_id: 0, num_hidden_layers: 4 }), [
    0,
    2,
    3,
  ]);
  assertEquals(kept.raw.layer_types, ["full_attention", "sliding_attention", "full_attention"]);
  assertEquals(specsOf(kept, savedHeads({ tagging: tinyTagging })).at(-1)!.name, "classifier.bias");
  assertEquals(parseConfig(writeConfig(kept), "").numHiddenLayers, 3);
  assertThrows(() => withLayers(config, [1]), OptionError, "to begin with 0");
  const refusals: [changes: Record<string, unknown>, text: string][] = [
    [{ hidden_size: 6 }, "hidden_size / num_attention_heads is even"],
    [{ layer_types: ["full_attention"] }, "as many as num_hidden_layers"],
    [{ layer_types: ["causal", "causal"] }, "layer_types.0 to be full_attention or sliding_attention"],
    [{ rope_scaling: { rope_type: "yarn" } }, "rope_scaling to be absent"],
    [{ decoder_bias: false }, "decoder_bias to be true"],
    [{ local_attention: 1 }, "local_attention to be a whole number from 2"],
  ];
  for (const [changes, text] of refusals) {
    const refused = () => tinyConfig({ model_type: "modernbert", pad_token_id: 0, ...changes });
    assertThrows(refused, CheckpointError, text);
  }
});

Deno.test("ModernBERT reads bases of rotary embeddings as transformers writes them, today and before", async () => {
  const device = new CpuDevice();
  const hidden = async (changes: Record<string, unknown>) => {
    const config = tinyConfig({ model_type: "modernbert", pad_token_id: 0, hidden_size: 8, ...changes });
    const model = new Model(device, config, {});
    await initialise(model.parameters, model.specs, { seed: 1, range: 1 });
    const tape = new Tape(device);
    const tokens = { ids: Uint32Array.of(1, 2, 3, 4), positions: Uint32Array.of(0, 1, 2, 3) };
    const { view } = model.encoder.forward(tape, { ...tokens, cuSeqlens: Uint32Array.of(0, 4) });
    return Array.from(await device.read(view));
  };
  const rope = (global: number, local: number) => ({
    rope_parameters: { full_attention: { rope_theta: global }, sliding_attention: { rope_theta: local } },
  });
  assertEquals(await hidden({}), await hidden(rope(160_000, 10_000)));
  assertEquals(await hidden({ global_rope_theta: 50, local_rope_theta: 7 }), await hidden(rope(50, 7)));
  assertEquals(await hidden({ global_rope_theta: 50, local_rope_theta: null }), await hidden(rope(50, 50)));
  assertNotEquals(await hidden(rope(50, 7)), await hidden(rope(7, 50)));
  assertNotEquals(await hidden({}), await hidden({ global_attn_every_n_layers: 1 }));
  assertEquals(
    await hidden({ global_attn_every_n_layers: 1 }),
    await hidden({ layer_types: ["full_attention", "full_attention"] }),
  );
});

Deno.test("DeBERTa-v2 has relative positions, absolute ones and token types where config.json says so", () => {
  const tables = (changes: Record<string, unknown>) => {
    const config = tinyConfig({ model_type: "deberta-v2", ...RELATIVE, ...changes });
    return familyOf(config).specs(config).filter(({ layer }) => layer === "embeddings")
      .map(({ name, shape }) => [name.slice("deberta.".length), ...shape]);
  };
  const norm = [["embeddings.LayerNorm.weight", 4], ["embeddings.LayerNorm.bias", 4]];
  assertEquals(tables({}), [
    ["embeddings.word_embeddings.weight", 11, 4],
    ["embeddings.position_embeddings.weight", 8, 4],
    ...norm,
    ["encoder.rel_embeddings.weight", 16, 4],
  ]);
  const mdeberta = {
    position_biased_input: false,
    position_buckets: 3,
    norm_rel_ebd: "layer_norm",
    type_vocab_size: 1,
  };
  assertEquals(tables(mdeberta), [
    ["embeddings.word_embeddings.weight", 11, 4],
    ["embeddings.token_type_embeddings.weight", 1, 4],
    ...norm,
    ["encoder.rel_embeddings.weight", 6, 4],
    ["encoder.LayerNorm.weight", 4],
    ["encoder.LayerNorm.bias", 4],
  ]);
  const refusals: [changes: Record<string, unknown>, text: string][] = [
    [
      { conv_kernel_size: 3 },
      "conv_kernel_size to be 0: the convolution of the largest DeBERTa is not supported, found 3",
    ],
    [{ pos_att_type: ["c2p"] }, "pos_att_type to be c2p and p2c"],
    [{ share_att_key: false }, "share_att_key to be true"],
    [{ relative_attention: undefined }, "relative_attention"],
    [{ embedding_size: 3 }, "embedding_size is its hidden_size"],
    [{ attention_head_size: 3 }, "attention_head_size is hidden_size / num_attention_heads"],
    [{ legacy: false }, "legacy to be true"],
  ];
  for (const [changes, text] of refusals) assertThrows(() => tables(changes), CheckpointError, text);
});

Deno.test("heads add their parameters, the decoder of masked pieces being the word embeddings", () => {
  const heads = (model_type: string, options: HeadOptions) =>
    savedHeads(options).flatMap((head) => head.specs(tinyConfig({ model_type })))
      .map(({ name, shape }) => [name, shape]);
  const tags = [["classifier.weight", [3, 4]], ["classifier.bias", [3]]];
  const words = [
    ["cls.predictions.transform.dense.weight", [4, 4]],
    ["cls.predictions.transform.dense.bias", [4]],
    ["cls.predictions.transform.LayerNorm.weight", [4]],
    ["cls.predictions.transform.LayerNorm.bias", [4]],
    ["cls.predictions.bias", [11]],
  ];
  const robertaWords = [
    ["lm_head.dense.weight", [4, 4]],
    ["lm_head.dense.bias", [4]],
    ["lm_head.layer_norm.weight", [4]],
    ["lm_head.layer_norm.bias", [4]],
    ["lm_head.bias", [11]],
  ];
  assertEquals(heads("bert", { tagging: tinyTagging }), tags);
  assertEquals(heads("bert", { tagging: tokenClassification.of(["O"]) })[0], ["classifier.weight", [1, 4]]);
  assertEquals(heads("bert", { tagging: tinyTagging, maskedLm: true }), [...tags, ...words]);
  assertEquals(heads("ernie", { maskedLm: true }), words);
  for (const model_type of ["roberta", "xlm-roberta", "camembert", "data2vec-text"]) {
    assertEquals(heads(model_type, { maskedLm: true }), robertaWords);
  }
});

Deno.test("a tagging head without tags is refused", () => {
  assertThrows(() => tokenClassification.of([]), OptionError, "found none given and no id2label");
});

Deno.test("a decoder that is not tied is a linear layer of its own, under the names of transformers", () => {
  const last = (model_type: string) =>
    specsOf(tinyConfig({ model_type, tie_word_embeddings: false }), savedHeads({ maskedLm: true }))
      .slice(-2).map(({ name, shape }) => [name, shape]);
  assertEquals(last("bert"), [["cls.predictions.decoder.weight", [11, 4]], ["cls.predictions.decoder.bias", [
    11,
  ]]]);
  assertEquals(last("xlm-roberta"), [["lm_head.decoder.weight", [11, 4]], ["lm_head.decoder.bias", [11]]]);
});

Deno.test("a tensor without the encoder's module, or under an old name, is the parameter of the new one", () => {
  const bert = familyOf({ modelType: "bert" });
  const query = "encoder.layer.0.attention.self.query.weight";
  assertEquals(bert.parameterName(query), `bert.${query}`);
  assertEquals(bert.parameterName(`bert.${query}`), `bert.${query}`);
  for (const [modelType, module] of Object.entries(MODULES)) {
    assertEquals(familyOf({ modelType }).parameterName(query), `${module}.${query}`);
  }
  assertEquals(bert.parameterName("embeddings.LayerNorm.gamma"), "bert.embeddings.LayerNorm.weight");
  assertEquals(
    bert.parameterName("cls.predictions.transform.LayerNorm.beta"),
    "cls.predictions.transform.LayerNorm.bias",
  );
  assertEquals(bert.parameterName("classifier.weight"), "classifier.weight");
});

Deno.test("the pooler, index buffers, the next-sentence head and tied copies are no parameters", () => {
  const bert = familyOf({ modelType: "bert" });
  for (
    const name of [
      "pooler.dense.weight",
      "bert.pooler.dense.bias",
      "embeddings.position_ids",
      "bert.embeddings.position_ids",
      "bert.embeddings.token_type_ids",
      "cls.seq_relationship.weight",
      "cls.predictions.decoder.weight",
      "cls.predictions.decoder.bias",
      "lm_head.decoder.weight",
      "lm_head.decoder.bias",
    ]
  ) assertEquals(bert.parameterName(name), undefined);
  assertEquals(bert.parameterName("bert.embeddings.position_embeddings.weight") !== undefined, true);
});
