/** The model card of a tagger: README.md of its folder, for people and for the hub. */

import { maskingStrategy } from "../../masking/registry.ts";
import type { CardFacts } from "../../training/card_facts.ts";
import type { TrainingSettings } from "../../training/settings.ts";

/** What a card says that a run does not know. */
export interface CardOptions {
  /** The name on the Hugging Face Hub of the model that the run begins from, where it has one: `ORG/NAME`. */
  readonly baseModel?: string;
  /** Of a tagger that learnt from another one on raw text: whether its dev sentences have gold tags. */
  readonly distilled?: { readonly goldDev: boolean };
}

/**
 * The text of a card in the form of the Hugging Face Hub, with front matter. It has no times and no paths, so
 * the same run writes the same card.
 */
export function modelCard(
  { baseModel, distilled }: CardOptions,
  { labels, settings, report, training, dev, words }: CardFacts,
): string {
  const types = [...new Set(labels.filter((label) => label !== "O").map((label) => label.slice(2)))].sort();
  const { micro, types: byType } = report.strict;
  const scores = [...Object.entries(byType), ["all", micro] as const];
  const percent = (share: number) => (100 * share).toFixed(1);
  const alone = [
    ...settings.head === "linear" ? [] : [`the head \`${settings.head}\``],
    ...words ? ["the features of words in words.safetensors"] : [],
  ];
  return [
    "---",
    "library_name: transformers",
    "pipeline_tag: token-classification",
    ...baseModel === undefined ? [] : [`base_model: ${JSON.stringify(baseModel)}`],
    "tags:",
    "- named-entity-recognition",
    "- lacuna",
    "metrics:",
    "- precision",
    "- recall",
    "- f1",
    "---",
    "",
    `# Named entities: ${types.map(cell).join(", ")}`,
    "",
    `Lacuna trained this tagger on ${distilled ? "what a larger one says of raw text, and on " : ""}` +
    `${training} labelled sentences${
      baseModel === undefined ? "" : `, from [${baseModel}](https://huggingface.co/${baseModel})`
    }. Before you publish it, add \`language\` and \`license\` above, and the data set.`,
    "",
    "## Scores",
    "",
    ...distilled?.goldDev === false
      ? ["Agreement with the tagger that it learnt from, as no labelled sentences were held out.", ""]
      : [],
    `Strict (IOB2) on the ${dev} sentences that the model was chosen on, so on others expect less:`,
    "",
    "| Type | Precision | Recall | F1 | Mentions |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...scores.map(([type, { precision, recall, f1, support }]) =>
      `| ${cell(type)} | ${percent(precision)} | ${percent(recall)} | ${percent(f1)} | ${support} |`
    ),
    "",
    "## Masking",
    "",
    ...describeMasking(settings),
    "",
    "## Use",
    "",
    "In Lacuna, where DIR is this folder:",
    "",
    "```sh",
    "deno task predict --model DIR text.txt",
    "```",
    "",
    "In transformers:",
    "",
    "```python",
    "from transformers import pipeline",
    'tagger = pipeline("token-classification", model="DIR", aggregation_strategy="first")',
    "```",
    ...alone.length === 0
      ? []
      : ["", `There ${alone.join(" and ")} count for nothing, so tags can differ from those of Lacuna.`],
    "",
  ].join("\n");
}

function describeMasking({ masking, objective, maskedShare, maskedCopies }: TrainingSettings): string[] {
  if (!maskingStrategy(masking).masks) return ["Nothing was hidden in training (`masking` none)."];
  return [
    `Gaps that the model had to see through in training: \`masking\` ${masking}, \`objective\` ${objective}, ` +
    `\`maskedShare\` ${maskedShare}, \`maskedCopies\` ${maskedCopies}.`,
  ];
}

/** A type as it may stand in a table. */
function cell(text: string): string {
  return text.replace(/[\\|`*_<[\]]/g, String.raw`\$&`);
}
