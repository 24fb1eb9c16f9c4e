import type { Sentence } from "../data/sentence.ts";
import type { Evaluation } from "../inference/evaluate.ts";

/** Where a run stands: with the settings and the data this decides everything that follows. */
export interface TrainingProgress {
  /** Number of the phase, from 0. */
  phase: number;
  /** Steps of this phase that are done. */
  step: number;
  /** Whether the evaluation after the last step is still to come. */
  evaluationDue: boolean;
  /** Epoch of the model that is kept, from 1; 0 before the first evaluation. */
  bestEpoch: number;
  /** How that does on dev. */
  best: Evaluation | undefined;
  /** Evaluations since then. */
  evaluationsSinceBest: number;
  /** Evaluations whose weights the mean has so far. */
  summed: number;
  /** Whether the mean was evaluated. */
  averaged: boolean;
  /** Whether it is what is kept. */
  bestIsMean: boolean;
  maskedTokens: number;
  maskableTokens: number;
  /** Copies with other names that the run has made: made again elsewhere, they could be others. */
  readonly augmented?: readonly Sentence[];
}
