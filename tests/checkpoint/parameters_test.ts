import { assertEquals, assertThrows } from "@std/assert";
import { type Head, normaliseName, parameterShapes } from "../../src/checkpoint/parameters.ts";
import { CheckpointError, OptionError } from "../../src/errors.ts";
import { tinyConfig } from "./tiny_config.ts";

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

Deno.test("parameterShapes() lists the encoder from the embeddings upwards, under transformers' names", () => {
  for (
    const [model_type, encoder] of [["bert", "bert"], ["roberta", "roberta"], ["xlm-roberta", "roberta"]]
  ) {
    const shapes = parameterShapes(tinyConfig({ model_type }), { head: "none" });
    assertEquals([...shapes], [
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

Deno.test("parameterShapes() adds the parameters of each head, the decoder being the word embeddings", () => {
  const heads = (model_type: string, head: Head, labels?: string[]) => {
    const config = tinyConfig({ model_type });
    const encoder = parameterShapes(config, { head: "none" }).size;
    return [...parameterShapes(config, { head, labels })].slice(encoder);
  };
  const tags = [["classifier.weight", [3, 4]], ["classifier.bias", [3]]];
  const words = [
    ["cls.predictions.transform.dense.weight", [4, 4]],
    ["cls.predictions.transform.dense.bias", [4]],
    ["cls.predictions.transform.LayerNorm.weight", [4]],
    ["cls.predictions.transform.LayerNorm.bias", [4]],
    ["cls.predictions.bias", [11]],
  ];
  assertEquals(heads("bert", "tokenClassification"), tags);
  assertEquals(heads("bert", "tokenClassification", ["O"])[0], ["classifier.weight", [1, 4]]);
  assertEquals(heads("bert", "maskedLm"), words);
  assertEquals(heads("bert", "joint"), [...tags, ...words]);
  assertEquals(heads("xlm-roberta", "maskedLm"), [
    ["lm_head.dense.weight", [4, 4]],
    ["lm_head.dense.bias", [4]],
    ["lm_head.layer_norm.weight", [4]],
    ["lm_head.layer_norm.bias", [4]],
    ["lm_head.bias", [11]],
  ]);
});

Deno.test("parameterShapes() refuses a tagging head without tags and a decoder of its own", () => {
  const untagged = tinyConfig({ id2label: undefined, label2id: undefined });
  assertThrows(
    () => parameterShapes(untagged, { head: "tokenClassification" }),
    OptionError,
    "found none given and no id2label",
  );
  const untied = tinyConfig({ tie_word_embeddings: false });
  assertThrows(() => parameterShapes(untied, { head: "joint" }), CheckpointError, "tie_word_embeddings");
  assertEquals(parameterShapes(untied, { head: "none" }).size, 37);
});

Deno.test("normaliseName() adds the encoder's prefix and renews old names", () => {
  const bert = tinyConfig();
  const roberta = tinyConfig({ model_type: "xlm-roberta" });
  const query = "encoder.layer.0.attention.self.query.weight";
  assertEquals(normaliseName(query, bert), `bert.${query}`);
  assertEquals(normaliseName(`bert.${query}`, bert), `bert.${query}`);
  assertEquals(normaliseName(query, roberta), `roberta.${query}`);
  assertEquals(normaliseName("embeddings.LayerNorm.gamma", bert), "bert.embeddings.LayerNorm.weight");
  assertEquals(
    normaliseName("cls.predictions.transform.LayerNorm.beta", bert),
    "cls.predictions.transform.LayerNorm.bias",
  );
  assertEquals(normaliseName("classifier.weight", bert), "classifier.weight");
});

Deno.test("normaliseName() drops the pooler, index buffers, the next-sentence head and tied copies", () => {
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
  ) assertEquals(normaliseName(name, tinyConfig()), undefined);
  assertEquals(normaliseName("bert.embeddings.position_embeddings.weight", tinyConfig()) !== undefined, true);
});
