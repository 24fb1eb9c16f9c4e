/**
 * What span masking does to a CRF of word features when the features of a masked word are hidden with it, so
 * that its neighbours have to answer: strict F1 on dev, and recall of names that training never showed.
 * `twice` has every sentence twice, as a masked copy has, without a gap. bench/README.md says how it is run.
 *
 * @module
 */

import { dataFolders, readFolders } from "../../src/cli/compare/compare_data.ts";
import { type Console, type Outcome, runCommand } from "../../src/cli/frame/command.ts";
import { defineCommand } from "../../src/cli/frame/definition.ts";
import { listOf, text, texts, type Values, wholeNumber } from "../../src/cli/frame/options.ts";
import type { Sentence } from "../../src/data/sentence.ts";
import { spanMasking } from "../../src/masking/span.ts";
import { Random } from "../../src/random/random.ts";
import { mean } from "../../src/study/mean.ts";
import { scoreWords } from "../../src/training/train_words.ts";
import { tagSet } from "../../src/data/tag_set.ts";
import { table } from "../measure/table.ts";
import { drawOf } from "./draw.ts";

const definition = defineCommand({
  name: "hidden_words.ts",
  summary: "Span masking with hidden word features in a CRF of words alone: dev F1 with and without.",
  options: {
    data: texts("NAME=DIR", "folders with train, dev and test, as for compare"),
    sizes: listOf(wholeNumber("numbers of training sentences (default: 100)", { min: 1 })),
    seeds: listOf(wholeNumber("seeds, each with its own sample (default: 1,2,3)", { min: 0 })),
    shares: text("NUMBER,...", "shares of the words that are hidden in a copy (default: 0.15,0.3)"),
  },
  examples: [{ args: "--data swa=data/swa hau=data/hau --sizes 50,100", does: "two languages" }],
});

/** What stands for a hidden word, as an encoder's mask piece does: a character of no script. */
const HIDDEN = "\uE000";

/** A copy of a sentence in which span masking has hidden words. */
function hidden({ words, tags }: Sentence, share: number, random: Random): Sentence {
  const rows = words.map((_, word) => word);
  const encoded = { ids: rows, wordOf: rows, labelRows: rows, words, firstWord: 0 };
  const spans = spanMasking.plan({ encoded, share, random });
  const isHidden = (word: number) => spans.some(({ start, end }) => start <= word && word < end);
  return { words: words.map((word, i) => isHidden(i) ? HIDDEN : word), tags };
}

async function main(options: Values<typeof definition.options>, console: Console): Promise<Outcome> {
  const { sizes = [100], seeds = [1, 2, 3], shares = "0.15,0.3" } = options;
  const data = await readFolders(dataFolders(options.data) ?? {});
  const arms: [name: string, of: (sentences: readonly Sentence[], seed: number) => readonly Sentence[]][] = [
    ["as they are", (sentences) => sentences],
    ["twice", (sentences) => [...sentences, ...sentences]],
    ...shares.split(",").map(Number).map((share): typeof arms[number] => [
      `with a copy, ${100 * share} % hidden`,
      (sentences, seed) => {
        const random = new Random(seed, "hidden words");
        return [...sentences, ...sentences.map((sentence) => hidden(sentence, share, random))];
      },
    ]),
  ];
  for (const size of sizes) {
    const rows: Record<string, string>[] = [];
    for (const [name, copies] of arms) {
      const row: Record<string, string> = { Sentences: String(size), Training: name };
      const found: { f1: number; unseen: number }[] = [];
      for (const one of data) {
        const ofData: typeof found = [];
        for (const seed of seeds) {
          const { training, dev } = drawOf(one, { size, seed, testLimit: 1 });
          const labels = tagSet(training).labels;
          const scored = await scoreWords({ training: copies(training, seed), labels, dev, test: [] });
          const { strict, names } = scored.dev!;
          ofData.push({ f1: 100 * strict.micro.f1, unseen: 100 * (names?.unseen.recall ?? NaN) });
        }
        row[one.name] = ofData.map(({ f1 }) => f1.toFixed(1)).join(" ");
        found.push(...ofData);
      }
      row.Mean = mean(found.map(({ f1 }) => f1)).toFixed(1);
      row.Unseen = mean(found.map(({ unseen }) => unseen)).toFixed(1);
      console.progress(`${size}, ${name}: ${row.Mean}`);
      rows.push(row);
    }
    console.print(table(rows));
  }
  return { json: {} };
}

if (import.meta.main) Deno.exit(await runCommand(definition, main));
