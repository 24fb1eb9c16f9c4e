/** Scores under the keys of Hugging Face's `evaluate.load("seqeval")`, for programs that read these. */

import type { ScoreReport } from "../../evaluation/scores.ts";

/** Of one type. */
interface TypeScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Gold entities. */
  readonly number: number;
}

/** What `compute` returns: `{"PER": {...}, "overall_f1": ...}`. */
export type SeqevalScores = Readonly<Record<string, TypeScores | number>>;

/** The default reading, as transformers' run_ner has it. */
export function seqevalScores(
  { lenient: { micro, types } }: ScoreReport,
  { gold, predicted }: {
    readonly gold: readonly (readonly string[])[];
    readonly predicted: readonly (readonly string[])[];
  },
): SeqevalScores {
  const all = gold.flatMap((tags, i) => tags.map((tag, j) => tag === predicted[i][j]));
  return {
    ...Object.fromEntries(
      Object.entries(types).map(([type, { precision, recall, f1, support }]) =>
        [type, { precision, recall, f1, number: support }] as const
      ),
    ),
    overall_precision: micro.precision,
    overall_recall: micro.recall,
    overall_f1: micro.f1,
    overall_accuracy: all.length === 0 ? 0 : all.filter(Boolean).length / all.length,
  };
}
