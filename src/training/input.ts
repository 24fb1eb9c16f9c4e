import type { Sentence } from "../data/sentence.ts";
import type { RunInput } from "../run/input.ts";
import type { CardFacts } from "./card_facts.ts";
import type { TrainingEvent } from "./events.ts";
import type { TrainingSettings } from "./settings.ts";

/** What a run fine-tunes, on what, and how. */
export interface TrainingInput extends RunInput<TrainingEvent> {
  /** What the tagger learns from. */
  readonly training: readonly Sentence[];
  /**
   * Sentences that the tagger learns from beside these and whose names do not count as seen, such as copies
   * with other names. Without them the run makes as many copies as `augmentation` of its settings says.
   */
  readonly augmented?: readonly Sentence[];
  /**
   * The tags of the tagger, where `training` is a sample that may lack some; by default those of `training`.
   */
  readonly labels?: readonly string[];
  /** What the best model is chosen on. */
  readonly dev: readonly Sentence[];
  /** What the best model is scored on in the end. */
  readonly test?: readonly Sentence[];
  /** Raw sentences of the language, for adaptation before fine-tuning. */
  readonly unlabelled?: readonly string[];
  /** Saves the masked-LM head of a run that has one beside its tagger; by default it does not. */
  readonly keepMaskedLm?: boolean;
  /**
   * Trains a CRF of word features on the same sentences at the end, for seconds, and scores it, so that one
   * sees what the encoder is worth; by default only where `features` joins it with the encoder.
   */
  readonly baseline?: boolean;
  /**
   * Gives the text of the model card, README.md, that is saved with the model, the same for the same facts;
   * by default there is none.
   */
  readonly card?: (facts: CardFacts) => string;
  /** Whatever is not to be as in {@linkcode defaultSettings}. */
  readonly settings?: Partial<TrainingSettings>;
}
