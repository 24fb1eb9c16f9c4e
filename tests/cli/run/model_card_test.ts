import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { scoreSentences } from "../../../src/evaluation/scores.ts";
import { modelCard } from "../../../src/cli/run/model_card.ts";
import { defaultSettings } from "../../../src/training/settings.ts";

const report = scoreSentences([["B-PER", "O"], ["B-a|b"]], [["B-PER", "O"], ["O"]]);
const run = {
  labels: ["O", "B-PER", "I-PER", "B-a|b", "I-a|b"],
  settings: { ...defaultSettings, masking: "span" },
  report,
  training: 40,
  dev: 2,
  words: false,
};

Deno.test("a card has the front matter of the hub, the scores on dev, the masking and how to use the model", () => {
  const card = modelCard({ baseModel: "Davlan/afro-xlmr-base" }, run);
  const [, front] = card.split("---\n");
  assertEquals(
    front,
    'library_name: transformers\npipeline_tag: token-classification\nbase_model: "Davlan/afro-xlmr-base"\n' +
      "tags:\n- named-entity-recognition\n- lacuna\nmetrics:\n- precision\n- recall\n- f1\n",
  );
  assertStringIncludes(card, "# Named entities: PER, a\\|b\n");
  assertStringIncludes(card, "| PER | 100.0 | 100.0 | 100.0 | 1 |\n| a\\|b | 0.0 | 0.0 | 0.0 | 1 |\n");
  assertStringIncludes(card, "| all | 100.0 | 50.0 | 66.7 | 2 |\n");
  assertStringIncludes(card, "`masking` span, `objective` ");
  assertStringIncludes(
    card,
    "trained this tagger on 40 labelled sentences, from [Davlan/afro-xlmr-base](https://",
  );
  assert(!card.includes("count for nothing"));
});

Deno.test("a card says what transformers leaves out, and that a student was measured by its teacher", () => {
  const settings = { ...defaultSettings, masking: "none", head: "crf" };
  const card = modelCard({ distilled: { goldDev: false } }, { ...run, settings, words: true });
  assertStringIncludes(
    card,
    "There the head `crf` and the features of words in words.safetensors count for nothing",
  );
  assertStringIncludes(card, "Nothing was hidden in training");
  assertStringIncludes(card, "on what a larger one says of raw text, and on 40 labelled sentences. Before");
  assertStringIncludes(card, "Agreement with the tagger that it learnt from");
  assert(!card.includes("base_model"));
});
