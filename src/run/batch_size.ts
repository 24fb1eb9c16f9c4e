import type { TrainingSequence } from "../masking/objective.ts";

/** What decides how much memory a batch takes: none that has less of each takes more. */
export interface BatchSize {
  readonly tokens: number;
  /** Rows whose tags are predicted. */
  readonly tagged: number;
  /** Rows whose pieces are predicted. */
  readonly masked: number;
}

/** The size of a batch of these sequences. */
export function sizeOf(sequences: readonly TrainingSequence[]): BatchSize {
  let [tokens, tagged, masked] = [0, 0, 0];
  for (const { ids, labelRows, mlmRows } of sequences) {
    tokens += ids.length;
    tagged += labelRows.length;
    masked += mlmRows.length;
  }
  return { tokens, tagged, masked };
}

/** One sequence that makes a batch of a size, for rehearsals: its ids are as different as they can be. */
export function sequenceOf(
  { tokens, tagged, masked }: BatchSize,
  { vocabSize }: { readonly vocabSize: number },
): TrainingSequence {
  const rows = (count: number) => Array.from({ length: count }, (_, row) => row);
  const zeros = (count: number) => new Array<number>(count).fill(0);
  return {
    ids: rows(tokens).map((row) => row % vocabSize),
    wordOf: zeros(tokens),
    labelRows: rows(tagged),
    labels: zeros(tagged),
    words: new Array<undefined>(tagged).fill(undefined),
    mlmRows: rows(masked),
    mlmTargets: zeros(masked),
    spans: masked > 0 ? [{ start: 0, end: masked, before: 0, after: 0 }] : [],
  };
}
