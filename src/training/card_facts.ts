import type { ScoreReport } from "../evaluation/scores.ts";
import type { TrainingSettings } from "./settings.ts";

/** What a run can say of the model that it saves, for the model's card. */
export interface CardFacts {
  /** The tags of the model. */
  readonly labels: readonly string[];
  /** All settings of the run. */
  readonly settings: TrainingSettings;
  /** How the model does on dev. */
  readonly report: ScoreReport;
  /** Labelled sentences that it learnt from. */
  readonly training: number;
  /** Sentences of dev. */
  readonly dev: number;
  /** Whether a CRF of word features is joined with the encoder. */
  readonly words: boolean;
}
