import type { RealDType } from "../../kernels/contract.ts";
import { OptionError } from "../errors.ts";
import { checkObjective, type Objective, objectives } from "../masking/objective.ts";
import { maskingNames, maskingStrategy } from "../masking/registry.ts";
import { MASKED_SHARE } from "../masking/strategy.ts";
import { Message, message, setting } from "../message.ts";
import { taggingHeadNames } from "../nn/heads/registry.ts";
import type { Schedule } from "../optim/schedule.ts";
import {
  accumulationRule,
  computationRules,
  freezingRules,
  maxStepsRule,
  normaliseRule,
  optimiserRules,
} from "../run/run_rules.ts";
import { checkRules, defaultsOf, type SettingRules } from "../run/setting_rules.ts";
import type { Normalisation } from "../text/used_tokenizer.ts";

/** What can tag words beside an encoder. */
export type Features = "none" | "words";

const features: readonly Features[] = ["none", "words"];

/**
 * Everything that decides what a training run computes; plain JSON, so that a log or a state file can hold
 * it.
 */
export interface TrainingSettings {
  /** The kind of the tagging head. */
  readonly head: string;
  /**
   * What tags words beside the encoder: `words` is a CRF of word features, trained on the same sentences once
   * the encoder is done, whose scores are added to those of the head with the weight that is best on dev
   * (src/inference/joined_words.ts).
   */
  readonly features: Features;
  /**
   * `nfc` composes letters and marks before the tokenizer sees them. The tokenizer that is saved does so,
   * too, so that the tagger reads text in any form.
   */
  readonly normalise: Normalisation;
  /** Name of a masking strategy. */
  readonly masking: string;
  /** What the masked copies of a sentence are for. */
  readonly objective: Objective;
  /**
   * Masked copies of a sentence in a step, each with gaps of its own, on average: 1.5 is one copy, and a
   * second one for half of the sentences (several augmented copies in a batch: Hoffer et al. 2020,
   * arXiv:1901.09335). In `corrupt` every tagged word counts alike, so it is also the weight of all copies
   * against that of the sentence.
   */
  readonly maskedCopies: number;
  /** Share of a sentence's subwords that is masked in a copy, in expectation. */
  readonly maskedShare: number;
  /** Share of the steps before which there are no masked copies: the tagger learns on clean text first. */
  readonly maskFrom: number;
  /** Share of the steps from which on masked copies become rarer, linearly, to none at the end of the run. */
  readonly annealFrom: number;
  /** Weight of the masked-LM loss in the objective `joint`. */
  readonly lambda: number;
  /**
   * Share of the steps in which lambda rises from 0: a masked-LM head that begins at random has a loss ten
   * times that of the tags, and would drown them. AdamW divides by the size of the gradients, so the head
   * learns all the same.
   */
  readonly lambdaWarmup: number;
  /** Passes over the training sentences. */
  readonly epochs: number;
  /** Ends the run after so many steps, whatever `epochs` says; 0 does not. */
  readonly maxSteps: number;
  /**
   * Most tokens of sentences in a micro-batch; masked copies come on top, so every objective has the same
   * steps.
   */
  readonly batchTokens: number;
  /** Micro-batches whose gradients make one step. */
  readonly accumulation: number;
  /** Rate of the top layer at the end of warmup. */
  readonly learningRate: number;
  /** Rate of the heads, which begin at random. */
  readonly headLearningRate: number;
  /** Rate of a layer relative to the one above. */
  readonly layerDecay: number;
  /** How the rate falls after warmup. */
  readonly schedule: Schedule;
  /** Share of the steps in which the rate rises from 0. */
  readonly warmup: number;
  /** Decoupled weight decay of AdamW; biases and layer norms have none. */
  readonly weightDecay: number;
  /** Gradients are clipped to this global norm; 0 leaves them. */
  readonly maxGradientNorm: number;
  /** Whether the embeddings stay as they are. */
  readonly freezeEmbeddings: boolean;
  /** Layers from the bottom that stay as they are. */
  readonly freezeLayers: number;
  /** Whether the dropouts of config.json are used. */
  readonly dropout: boolean;
  /** Evaluations on dev, evenly over the run; 0 evaluates after every epoch. */
  readonly evaluations: number;
  /** Ends the run after so many evaluations without a better dev F1; 0 does not. */
  readonly patience: number;
  /**
   * At the end of the run the plain mean of the weights at its last so many evaluations is a candidate, too,
   * and kept if it is better on dev (Izmailov et al. 2018, arXiv:1803.05407); 0 averages nothing. In a run
   * that ends early for want of better scores it is the mean over those of them that there were.
   */
  readonly average: number;
  /** Passes over raw text, before fine-tuning, where there is any. */
  readonly adaptationEpochs: number;
  /** Rate of the top layer in the adaptation, at the end of warmup. */
  readonly adaptationLearningRate: number;
  /** Adds SpanBERT's boundary objective to the adaptation. */
  readonly boundaryObjective: boolean;
  /**
   * Copies of a sentence in which the model, fine-tuned to predict masked names, has put others of the same
   * type (MELM, Zhou et al. 2022, arXiv:2108.13655); 0 trains on the sentences alone.
   */
  readonly augmentation: number;
  /**
   * Passes over the sentences in which it learns to predict their names, at the learning rate of the
   * adaptation.
   */
  readonly augmentationEpochs: number;
  /** Compute activations again on the way back in place of keeping them: less memory, a third more work. */
  readonly recompute: boolean;
  /**
   * Element type of activations and of the weights that products read. Parameters, moments and what is saved
   * are f32 in any case; with f16 the loss is scaled (Micikevicius et al. 2018, arXiv:1710.03740), and
   * evaluation stays f32.
   */
  readonly precision: RealDType;
  /** Decides data order, masks, dropout and initial values. */
  readonly seed: number;
}

/**
 * Copies of a sentence beyond which a number is a slip: training costs as many times what it costs without.
 */
const MOST_COPIES = 100;

/**
 * What settings may be, and are unless told otherwise; the rates are those of Mosbach et al. 2021
 * (arXiv:2006.04884) and up. Copies of half of the sentences, and fewer in the second half of the run, were
 * better on dev than one of each for the same compute (docs/study.md).
 */
export const trainingRules: SettingRules<TrainingSettings> = {
  head: {
    kind: "choice",
    choices: taggingHeadNames,
    default: "linear",
    help: "what tags: a linear layer, or a chain that learns which tag follows which",
  },
  features: {
    kind: "choice",
    choices: () => features,
    default: "none",
    help: "what tags beside the encoder; words is a CRF of word features, joined as dev wants it",
  },
  normalise: normaliseRule,
  masking: {
    kind: "choice",
    choices: () => maskingNames,
    default: "span",
    help: "what is masked in training",
  },
  objective: {
    kind: "choice",
    choices: () => objectives,
    default: "corrupt",
    help: "what the masked copies of a sentence are for; none where nothing is masked",
  },
  maskedCopies: {
    kind: "number",
    above: 0,
    most: MOST_COPIES,
    default: 0.5,
    help: "masked copies of a sentence in a step, on average: 1.5 is a second one for half of them",
  },
  maskedShare: {
    kind: "number",
    above: 0,
    most: 1,
    default: MASKED_SHARE,
    help: "share of the subwords that is masked",
  },
  maskFrom: {
    kind: "number",
    least: 0,
    most: 1,
    default: 0,
    help: "share of the steps before which there are no masked copies",
  },
  annealFrom: {
    kind: "number",
    least: 0,
    most: 1,
    default: 0.5,
    help: "share of the steps from which on masked copies become rarer, to none at the end",
  },
  lambda: { kind: "number", least: 0, default: 0.5, help: "weight of the masked-LM loss in joint" },
  lambdaWarmup: {
    kind: "number",
    least: 0,
    most: 1,
    default: 0,
    help: "share of the steps in which lambda rises from 0",
  },
  adaptationEpochs: {
    kind: "count",
    least: 1,
    default: 1,
    help: message`passes over ${setting("unlabelled")}`,
  },
  adaptationLearningRate: { kind: "number", least: 0, default: 1e-4, help: "learning rate there" },
  boundaryObjective: {
    kind: "switch",
    default: false,
    help: "adds SpanBERT's boundary objective there",
  },
  augmentation: {
    kind: "count",
    least: 0,
    most: MOST_COPIES,
    default: 0,
    help: message`copies of a sentence in which the masked LM of ${
      setting("model")
    } proposes other names (MELM)`,
  },
  augmentationEpochs: {
    kind: "count",
    least: 1,
    default: 10,
    help: message`passes in which it learns names before, at ${setting("adaptationLearningRate")}`,
  },
  epochs: { kind: "count", least: 1, default: 15, help: "passes over the training sentences" },
  maxSteps: maxStepsRule,
  batchTokens: { kind: "count", least: 1, default: 512, help: "most tokens of sentences in a batch" },
  accumulation: accumulationRule,
  learningRate: {
    kind: "number",
    least: 0,
    default: 1e-4,
    help: "rate of the top layer after warmup",
  },
  headLearningRate: { kind: "number", least: 0, default: 1e-3, help: "rate of the heads" },
  layerDecay: {
    kind: "number",
    above: 0,
    most: 1,
    default: 1,
    help: "rate of a layer relative to the one above",
  },
  ...optimiserRules,
  warmup: { ...optimiserRules.warmup, default: 0.1 },
  ...freezingRules,
  evaluations: {
    kind: "count",
    least: 0,
    default: 0,
    help: "evaluations on dev, evenly over the run; 0 evaluates after every epoch",
  },
  patience: {
    kind: "count",
    least: 0,
    default: 0,
    help: "ends after so many evaluations without a better dev F1; 0 does not",
  },
  average: {
    kind: "count",
    least: 0,
    default: 0,
    help: "tries the mean of the weights at the last so many evaluations on dev, too; 0 does not",
  },
  ...computationRules,
  seed: {
    kind: "count",
    least: 0,
    default: 1,
    help: "decides samples, order, masks, dropout and initial values",
  },
};

/** What a run does unless told otherwise. */
export const defaultSettings: TrainingSettings = defaultsOf(trainingRules);

/**
 * Defaults filled in and everything checked.
 *
 * @throws {OptionError} naming the setting, what it has to be and what it was
 */
export function checkSettings(given: Partial<TrainingSettings>): TrainingSettings {
  const settings = { ...defaultSettings, ...given };
  const strategy = maskingStrategy(settings.masking);
  if (given.objective === undefined && !strategy.masks) settings.objective = "none";
  checkObjective(settings.objective, strategy);
  checkRules(trainingRules, settings);
  if (settings.learningRate === 0 && settings.headLearningRate > 0) {
    throw new OptionError(
      new Message(
        message`Expected ${setting("learningRate")} above 0 where ${setting("headLearningRate")} is: `,
        "to train the heads alone, freeze embeddings and layers",
      ),
    );
  }
  return settings;
}
