import { yieldToHost } from "../device/yield_to_host.ts";
import type { TrainingSequence } from "../masking/objective.ts";
import type { Phase } from "./phase.ts";

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

/**
 * The most of each that a micro-batch of a phase has; all of its steps are looked at, masks included.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function largestBatch({ steps, contribution }: Phase, signal?: AbortSignal): Promise<BatchSize> {
  const most = { tokens: 0, tagged: 0, masked: 0 };
  for (const step of steps) {
    await yieldToHost(signal);
    for (const windows of step.microBatches) {
      const size = sizeOf(windows.flatMap((window) => contribution(window, step).sequences));
      for (const name of ["tokens", "tagged", "masked"] as const) {
        most[name] = Math.max(most[name], size[name]);
      }
    }
  }
  return most;
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
