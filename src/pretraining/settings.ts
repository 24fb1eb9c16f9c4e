import type { RealDType } from "../../kernels/contract.ts";
import { OptionError } from "../errors.ts";
import { maskingStrategy, rawTextMaskingNames } from "../masking/registry.ts";
import { Message, message, setting } from "../message.ts";
import type { SavedDtype } from "../model/save.ts";
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

/**
 * Everything that decides what a pretraining run computes; plain JSON, so that a log or a state file can hold
 * it.
 */
export interface PretrainingSettings {
  /**
   * `nfc` composes letters and marks before the tokenizer sees them, and the one that is saved does so, too.
   */
  readonly normalise: Normalisation;
  /** Name of a masking strategy that needs no tags. */
  readonly masking: string;
  /** Adds SpanBERT's boundary objective. */
  readonly boundaryObjective: boolean;
  /** Passes over the text. */
  readonly epochs: number;
  /** Ends the run after so many steps, whatever `epochs` says; 0 does not. */
  readonly maxSteps: number;
  /** Most tokens of a sequence, special tokens included; a model of fewer positions sets its own limit. */
  readonly maxLength: number;
  /** Most tokens in a micro-batch. */
  readonly batchTokens: number;
  /** Micro-batches whose gradients make one step. */
  readonly accumulation: number;
  /** Tokens of sequences that are in memory at a time, shuffled among each other. */
  readonly shuffleTokens: number;
  /** Learning rate of the encoder at the end of warmup. */
  readonly learningRate: number;
  /**
   * Rate of the masked-LM head relative to the encoder's: a head that begins at random wants a higher one.
   */
  readonly headRate: number;
  /** How the rate falls after warmup. */
  readonly schedule: Schedule;
  /** Share of the run in which the rate rises from 0. */
  readonly warmup: number;
  /** Decoupled weight decay of AdamW; biases and layer norms have none. */
  readonly weightDecay: number;
  /** Gradients are clipped to this global norm; 0 leaves them. */
  readonly maxGradientNorm: number;
  /** Whether the embeddings, which are also the masked-LM head's decoder, stay as they are. */
  readonly freezeEmbeddings: boolean;
  /** Layers from the bottom that stay as they are. */
  readonly freezeLayers: number;
  /** Whether the dropouts of config.json are used. */
  readonly dropout: boolean;
  /** Compute activations again on the way back in place of keeping them: less memory, a third more work. */
  readonly recompute: boolean;
  /**
   * Element type of activations and of the weights that products read. Parameters, moments and what is saved
   * are f32 in any case; with f16 the loss is scaled (Micikevicius et al. 2018, arXiv:1710.03740), and
   * evaluation stays f32.
   */
  readonly precision: RealDType;
  /**
   * Steps between two looks at the held-out text; 0 looks at it before the first and after the last step
   * only.
   */
  readonly evaluateEvery: number;
  /** Most tokens of held-out text that are looked at: a sample, the same one every time. */
  readonly evaluationTokens: number;
  /** Number format of the saved weights. */
  readonly dtype: SavedDtype;
  /** Decides data order, masks, dropout and initial values. */
  readonly seed: number;
}

/** What settings may be, and are unless told otherwise. */
export const pretrainingRules: SettingRules<PretrainingSettings> = {
  normalise: normaliseRule,
  masking: {
    kind: "choice",
    choices: () => rawTextMaskingNames,
    default: "span",
    help: "what is masked",
  },
  boundaryObjective: { kind: "switch", default: false, help: "adds SpanBERT's boundary objective" },
  epochs: { kind: "count", least: 1, default: 1, help: "passes over the text" },
  maxSteps: maxStepsRule,
  maxLength: {
    kind: "count",
    least: 3,
    default: 128,
    help: "most tokens of a sequence; lines are joined up to it",
  },
  batchTokens: { kind: "count", least: 1, default: 2048, help: "most tokens in a batch" },
  accumulation: accumulationRule,
  shuffleTokens: {
    kind: "count",
    least: 1,
    default: 2 ** 20,
    help: "tokens that are in memory at a time, shuffled among each other",
  },
  learningRate: { kind: "number", least: 0, default: 1e-4, help: "learning rate after warmup" },
  headRate: {
    kind: "number",
    above: 0,
    default: 1,
    help: "learning rate of the masked-LM head relative to the encoder's",
  },
  ...optimiserRules,
  ...freezingRules,
  ...computationRules,
  evaluateEvery: {
    kind: "count",
    least: 0,
    default: 500,
    help: message`steps between looks at ${setting("heldout")}; 0 looks before and after the run only`,
  },
  evaluationTokens: {
    kind: "count",
    least: 1,
    default: 2 ** 16,
    help: message`most tokens of ${setting("heldout")} that are looked at`,
  },
  dtype: {
    kind: "choice",
    choices: () => ["F32", "F16", "INT8", "INT4"],
    default: "F32",
    help: "number format of the saved weights; f16 takes half the bytes, int8 a quarter; " +
      "int4 is int8 but keeps what is in 4-bit codes already",
  },
  seed: {
    kind: "count",
    least: 0,
    default: 1,
    help: "decides order, masks, dropout and initial values",
  },
};

/** What a run does unless told otherwise. */
export const defaultPretrainingSettings: PretrainingSettings = defaultsOf(pretrainingRules);

/**
 * Defaults filled in and everything checked.
 *
 * @throws {OptionError} naming the setting, what it has to be and what it was
 */
export function checkPretrainingSettings(given: Partial<PretrainingSettings>): PretrainingSettings {
  const settings = { ...defaultPretrainingSettings, ...given };
  const { name, masks, needsTags } = maskingStrategy(settings.masking);
  if (!masks || needsTags) {
    const reason = masks ? "it masks by the tags of sentences, which raw text has not" : "it masks nothing";
    throw new OptionError(
      new Message(
        message`Expected ${setting("masking")} for raw text (${rawTextMaskingNames}) `,
        `but found ${name}: ${reason}`,
      ),
    );
  }
  checkRules(pretrainingRules, settings);
  return settings;
}
