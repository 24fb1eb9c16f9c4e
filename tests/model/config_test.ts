import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { maxTokens, parseConfig, readConfig } from "../../src/model/config.ts";
import { configText, writeConfig } from "../../src/model/write_config.ts";
import { CheckpointError } from "../../src/errors.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { TINY_CONFIG, tinyConfig } from "../checkpoint/tiny_config.ts";

Deno.test("readConfig() gives the fields of config.json in camel case and fills in transformers' defaults", async () => {
  const text = JSON.stringify({ ...TINY_CONFIG, hidden_act: "gelu_new", hidden_dropout_prob: 0 });
  const config = await readConfig(new MemoryStore({ "model/config.json": text }), "model");
  const { raw, floats, ...fields } = config;
  assertEquals([raw.vocab_size, floats.size], [11, 0]);
  assertEquals(fields, {
    modelType: "bert",
    vocabSize: 11,
    hiddenSize: 4,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 6,
    hiddenAct: "gelu_new",
    hiddenDropoutProb: 0,
    attentionProbsDropoutProb: 0.1,
    classifierDropout: null,
    maxPositionEmbeddings: 8,
    positionEmbeddingType: "absolute",
    typeVocabSize: 2,
    layerNormEps: 1e-12,
    padTokenId: 0,
    initializerRange: 0.02,
    tieWordEmbeddings: true,
    id2label: ["B-PER", "I-PER", "O"],
    label2id: new Map([["B-PER", 0], ["I-PER", 1], ["O", 2]]),
    numLabels: 3,
  });
});

Deno.test("RoBERTa pads with 1 by default and has room for padTokenId + 1 tokens less", () => {
  assertEquals(maxTokens(tinyConfig()), 8);
  for (const model_type of ["roberta", "xlm-roberta"]) {
    assertEquals(tinyConfig({ model_type }).padTokenId, 1);
    assertEquals(maxTokens(tinyConfig({ model_type })), 6);
  }
});

Deno.test("parseConfig() names the field, what it should be and what it is", () => {
  const cases: [changes: Record<string, unknown>, text: string][] = [
    [
      { model_type: "albert" },
      `model_type to be bert, roberta, xlm-roberta, camembert, data2vec-text, ernie, distilbert, electra, modernbert or deberta-v2, which Lacuna supports, found "albert"`,
    ],
    [{ model_type: undefined }, "expected the field model_type, found none"],
    [{ vocab_size: undefined }, "expected the field vocab_size, found none"],
    [{ hidden_size: 0 }, "hidden_size to be a whole number from 1, found 0"],
    [{ hidden_size: "4" }, `hidden_size to be a whole number from 1, found "4"`],
    [{ hidden_size: 5 }, "hidden_size to be a multiple of num_attention_heads, found 5 and 2"],
    [{ num_hidden_layers: 1e9 }, "num_hidden_layers to be at most 128"],
    [{ intermediate_size: 1e15 }, "sizes of at most 100 billion parameters together, found sizes of "],
    [{ intermediate_size: 2.5 }, "intermediate_size to be a whole number from 1, found 2.5"],
    [
      { hidden_act: "silu" },
      `hidden_act to be gelu, gelu_python, gelu_new, gelu_fast, gelu_pytorch_tanh or relu, which Lacuna supports, found "silu"`,
    ],
    [
      { position_embedding_type: "relative_key" },
      "position_embedding_type to be absolute, which Lacuna supports",
    ],
    [{ hidden_dropout_prob: 1 }, "hidden_dropout_prob to be a number from 0 to less than 1, found 1"],
    [{ classifier_dropout: -0.1 }, "classifier_dropout to be a number from 0 to less than 1, found -0.1"],
    [{ layer_norm_eps: 0 }, "layer_norm_eps to be a number greater than 0, found 0"],
    [{ pad_token_id: 11 }, "pad_token_id below vocab_size 11, found 11"],
    [{ model_type: "roberta", max_position_embeddings: 2 }, "max_position_embeddings above pad_token_id + 1"],
    [{ is_decoder: true }, "is_decoder to be false: Lacuna has encoders only, found true"],
    [
      { id2label: { "0": "O", "2": "B-PER" }, label2id: undefined },
      `id2label with the keys 0 to 1, found no "1"`,
    ],
    [
      { id2label: { "0": "O", "1": "O" }, label2id: undefined },
      `different tags in id2label, found "O" twice`,
    ],
    [
      { label2id: { "B-PER": 0, "I-PER": 2, "O": 1 } },
      `label2id to give "I-PER" the number 1, as id2label does, found 2; correct label2id or remove it`,
    ],
  ];
  for (const [changes, text] of cases) {
    assertThrows(() => tinyConfig(changes), CheckpointError, text);
    assertThrows(() => tinyConfig(changes), CheckpointError, "config.json: expected");
  }
  for (const json of [null, 3, "bert", []]) {
    assertThrows(() => parseConfig(json, "config.json"), CheckpointError);
  }
});

Deno.test("a tag may have a name that every object has", () => {
  const config = tinyConfig({
    id2label: { "0": "O", "1": "constructor" },
    label2id: { O: 0, constructor: 1 },
  });
  assertEquals(config.label2id, new Map([["O", 0], ["constructor", 1]]));
  const missing = { id2label: { "0": "O", "1": "toString" }, label2id: { O: 0 } };
  assertThrows(() => tinyConfig(missing), CheckpointError, `to give "toString" the number 1`);
});

Deno.test("readConfig() says which file is missing", async () => {
  const text =
    "model/config.json: expected the config.json of a Hugging Face model directory, found no such file";
  await assertRejects(() => readConfig(new MemoryStore(), "model"), CheckpointError, text);
});

Deno.test("writeConfig() keeps the fields Lacuna does not know and replaces the tags", () => {
  const config = tinyConfig({
    use_cache: true,
    num_labels: 3,
    dtype: "float16",
    architectures: ["BertModel"],
  });
  const json = writeConfig(config, { labels: ["B-LOC", "O"] });
  assertEquals(json.use_cache, true);
  assertEquals(json.architectures, ["BertForTokenClassification"]);
  assertEquals(json.id2label, { 0: "B-LOC", 1: "O" });
  assertEquals(json.label2id, { "B-LOC": 0, O: 1 });
  assertEquals([json.torch_dtype, "dtype" in json, "num_labels" in json], ["float32", false, false]);
});

Deno.test("configText() writes floats as floats and counts as counts, as transformers demands", async () => {
  const text = JSON.stringify(tinyConfig({}).raw).replace("{", '{"rope_theta": 10000.0, "head_dim": 8, ')
    .replace(/"hidden_size":(\d+)/, '"hidden_size":$1.0');
  const config = await readConfig(new MemoryStore({ "config.json": text }), "");
  const written = configText(writeConfig({ ...config, initializerRange: 1, hiddenDropoutProb: 0 }), config);
  for (const line of ["rope_theta: 10000.0,", "initializer_range: 1.0,", "hidden_dropout_prob: 0.0,"]) {
    assertStringIncludes(written.replaceAll('"', ""), line);
  }
  for (const line of ["head_dim: 8,", `hidden_size: ${config.hiddenSize},`]) {
    assertStringIncludes(written.replaceAll('"', ""), line);
  }
});

Deno.test("writeConfig() names the architecture of each family and head", () => {
  const architecture = (model_type: string, labels?: string[]) =>
    writeConfig(tinyConfig({ model_type }), { labels }).architectures;
  assertEquals(architecture("bert"), ["BertForMaskedLM"]);
  assertEquals(architecture("roberta", ["O"]), ["RobertaForTokenClassification"]);
  assertEquals(architecture("xlm-roberta", ["O"]), ["XLMRobertaForTokenClassification"]);
});

Deno.test("what writeConfig() writes reads back as the same config", () => {
  for (const model_type of ["bert", "xlm-roberta"]) {
    const config = tinyConfig({
      model_type,
      layer_norm_eps: 1e-5,
      classifier_dropout: 0.2,
      hidden_act: "relu",
    });
    const { raw: _, ...written } = parseConfig(
      writeConfig(config, { labels: config.id2label }),
      "config.json",
    );
    const { raw: __, ...original } = config;
    assertEquals(written, original);
  }
});

Deno.test("all names of transformers for an activation are read, and no padding token is the family's", () => {
  const exact = ["gelu", "gelu_python"];
  const byTanh = ["gelu_new", "gelu_fast", "gelu_pytorch_tanh"];
  const actOf = (hidden_act: string) => tinyConfig({ hidden_act }).hiddenAct;
  assertEquals(exact.map(actOf), ["gelu", "gelu"]);
  assertEquals(byTanh.map(actOf), ["gelu_new", "gelu_new", "gelu_new"]);
  assertEquals(tinyConfig({ pad_token_id: null }).padTokenId, 0);
  assertEquals(tinyConfig({ model_type: "xlm-roberta", pad_token_id: null }).padTokenId, 1);
});
