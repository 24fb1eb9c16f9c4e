/** Rules of settings that fine-tuning and pretraining share. */

import type { RealDType } from "../../kernels/contract.ts";
import { OptionError } from "../errors.ts";
import { Message, message, setting } from "../message.ts";
import type { ModelConfig } from "../nn/config.ts";
import { type Schedule, schedules } from "../optim/schedule.ts";
import { type Normalisation, normalisations } from "../text/used_tokenizer.ts";
import type { ChoiceRule, CountRule, SettingRules } from "./setting_rules.ts";

/** Steps that a run has at most. */
export const maxStepsRule: CountRule = {
  kind: "count",
  least: 0,
  default: 0,
  help: message`steps of the optimiser, in place of ${setting("epochs")}; 0 leaves it to these`,
};

/** What is done with text before the tokenizer's own rules. */
export const normaliseRule: ChoiceRule<Normalisation> = {
  kind: "choice",
  choices: () => normalisations,
  default: "none",
  help: "nfc composes letters and marks before the tokenizer sees them, and the saved one does so, too",
};

/** Micro-batches of a step. */
export const accumulationRule: CountRule = {
  kind: "count",
  least: 1,
  default: 1,
  help: "batches whose gradients make one step",
};

/** The optimiser and its schedule. */
export const optimiserRules: SettingRules<{
  readonly schedule: Schedule;
  readonly warmup: number;
  readonly weightDecay: number;
  readonly maxGradientNorm: number;
}> = {
  schedule: {
    kind: "choice",
    choices: () => schedules,
    default: "linear",
    help: "how the rate falls after warmup",
  },
  warmup: {
    kind: "number",
    least: 0,
    most: 1,
    default: 0.05,
    help: "share of the run in which the rate rises",
  },
  weightDecay: { kind: "number", least: 0, default: 0.01, help: "decoupled weight decay" },
  maxGradientNorm: {
    kind: "number",
    least: 0,
    default: 1,
    help: "gradients are clipped to it; 0 leaves them",
  },
};

/** What of a model stays as it is. */
export const freezingRules: SettingRules<{
  readonly freezeEmbeddings: boolean;
  readonly freezeLayers: number;
}> = {
  freezeEmbeddings: { kind: "switch", default: false, help: "leaves the embeddings as they are" },
  freezeLayers: {
    kind: "count",
    least: 0,
    default: 0,
    help: "leaves so many layers from the bottom as they are",
  },
};

/**
 * Refuses to freeze more layers than there are.
 *
 * @throws {OptionError} saying how many there are
 */
export function checkFreezing(
  { freezeLayers }: { readonly freezeLayers: number },
  { numHiddenLayers }: ModelConfig,
): void {
  if (freezeLayers <= numHiddenLayers) return;
  throw new OptionError(
    new Message(
      message`Expected ${setting("freezeLayers")} to be at most ${numHiddenLayers}, all layers, `,
      `but found ${freezeLayers}`,
    ),
  );
}

/** What a run can compute with. */
export const precisions = ["f32", "f16"] as const satisfies readonly RealDType[];

/** How a run computes. */
export const computationRules: SettingRules<{
  readonly dropout: boolean;
  readonly precision: RealDType;
  readonly recompute: boolean;
}> = {
  dropout: { kind: "switch", default: true, help: "trains without the dropouts of config.json" },
  precision: {
    kind: "choice",
    choices: () => precisions,
    default: "f32",
    help: "what activations and the weights of products are kept in; f16 needs WebGPU with shader-f16",
  },
  recompute: {
    kind: "switch",
    default: false,
    help: "computes activations again on the way back: less memory, a third more work",
  },
};
