import { assertEquals } from "@std/assert";
import type { Average } from "../../src/evaluation/precision_recall.ts";
import { scoreOf } from "../../src/evaluation/precision_recall.ts";
import { scoreSentences } from "../../src/evaluation/scores.ts";
import { carryOver, parseRows, type Row } from "./baseline.ts";
import { assertSameScores, type GoldenScores, readGolden } from "./seqeval.ts";

const FOLDER = new URL("../../../shared/data/masakhaner2/", import.meta.url);
const ignore = !(await Deno.stat(FOLDER).then(() => true, () => false));
const reason = "(needs shared/data)";

async function readLanguage(
  language: string,
): Promise<{ gold: Row[][]; predicted: Row[][]; result: string }> {
  const read = (name: string) => Deno.readTextFile(new URL(`${language}/${name}`, FOLDER));
  return {
    gold: parseRows(await read("test.txt")),
    predicted: parseRows(await read("baseline_predictions.txt")),
    result: await read("baseline_result.txt"),
  };
}

const tagsOf = (sentences: readonly Row[][]) => sentences.map((rows) => rows.map(({ tag }) => tag));

function published(result: string): number[] {
  return ["precision", "recall", "f1"].map((name) =>
    Number(result.match(new RegExp(`^${name} = (\\S+)$`, "m"))?.[1])
  );
}

for (const language of ["swa", "yor"]) {
  Deno.test({
    name: `the published ${language} predictions give the published scores to the last digit ${reason}`,
    ignore,
    fn: async () => {
      const { gold, predicted, result } = await readLanguage(language);
      const goldTags = gold.map((rows, i) => carryOver(rows, predicted[i]));
      const { lenient } = scoreSentences(goldTags, tagsOf(predicted));
      const { precision, recall, f1 } = lenient.micro;
      assertEquals([precision, recall, f1], published(result));

      const rows: [string, Average][] = [
        ...Object.entries(lenient.types),
        ["micro avg", lenient.micro],
        ["macro avg", lenient.macro],
        ["weighted avg", lenient.weighted],
      ];
      const printed = rows.map(([name, score]) =>
        [name, ...[score.precision, score.recall, score.f1].map((x) => x.toFixed(2)), score.support].join(" ")
      );
      const table = result.split("\n").slice(4).map((line) => line.trim().replace(/\s+/g, " "))
        .filter((line) => line !== "" && !line.startsWith("report"));
      assertEquals(printed, table);
    },
  });
}

Deno.test({
  // 4,174 predicted entities of which 3,508 are right, among 4,109: the only counts that give the printed
  // digits.
  name:
    `the published hau scores follow from their counts, but belong to other predictions than the file holds ` +
    reason,
  ignore,
  fn: async () => {
    const { gold, predicted, result } = await readLanguage("hau");
    const { precision, recall, f1 } = scoreOf({ correct: 3508, predicted: 4174, support: 4109 });
    assertEquals([precision, recall, f1], published(result));

    const perfect = scoreSentences(tagsOf(gold), tagsOf(gold)).lenient.micro;
    const found = scoreSentences(tagsOf(predicted), tagsOf(predicted)).lenient.micro;
    assertEquals([perfect.support, found.support], [4109, 4122]);
    // Were every name right in the sentences that the two files split differently, 3,508 would still be out
    // of reach.
    const split = gold.map((rows, i) => rows.length === predicted[i].length);
    const same = scoreSentences(
      tagsOf(gold.filter((_, i) => split[i])),
      tagsOf(predicted.filter((_, i) => split[i])),
    ).lenient.micro;
    assertEquals(same.correct + (perfect.support - same.support) < 3508, true);
  },
});

Deno.test({
  name:
    `the published predictions score as seqeval scores them where both files agree on the words ${reason}`,
  ignore,
  fn: async () => {
    const golden = await readGolden<
      Record<string, { sentences: number; strict: GoldenScores; default: GoldenScores }>
    >("seqeval_masakhaner.json");
    for (const language of ["hau", "swa", "yor"]) {
      const { gold, predicted } = await readLanguage(language);
      const kept = gold.flatMap((rows, i) => rows.length === predicted[i].length ? [i] : []);
      assertEquals(kept.length, golden[language].sentences);
      const report = scoreSentences(tagsOf(kept.map((i) => gold[i])), tagsOf(kept.map((i) => predicted[i])));
      assertSameScores(report.strict, golden[language].strict, `${language}, strict`);
      assertSameScores(report.lenient, golden[language].default, `${language}, default`);
    }
  },
});
