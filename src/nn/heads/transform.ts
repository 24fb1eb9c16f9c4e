import { type LayerNorm, layerNorm } from "../../autograd/ops/layer_norm.ts";
import { type Linear, linear } from "../../autograd/ops/linear.ts";
import type { Tape } from "../../autograd/tape.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import type { ModelConfig } from "../config.ts";
import { familyOf } from "../families/registry.ts";
import { linearOf, normOf } from "../layers.ts";
import { linearSpecs, normSpecs, type ParameterSpec } from "../specs.ts";
import type { HeadParts } from "./head.ts";

/** The parameters of {@linkcode Transform}, under the family's names. */
export function transformSpecs(config: ModelConfig): ParameterSpec[] {
  const family = familyOf(config);
  const { dense, norm, biases } = family.maskedLm;
  const has = biases?.(config) ?? { dense: true, norm: true };
  const size = family.embeddingSize(config);
  return [
    ...linearSpecs(dense, [size, config.hiddenSize], { layer: "head", bias: has.dense }),
    ...normSpecs(norm, size, "head", { bias: has.norm }),
  ];
}

/** The same where heads share it, and none where each that needs one has its own. */
export function sharedSpecs(config: ModelConfig): ParameterSpec[] {
  return familyOf(config).maskedLm.shared ? transformSpecs(config) : [];
}

/** Dense, activation and norm between hidden states and what a head reads. */
export class Transform {
  readonly #dense: Linear;
  readonly #norm: LayerNorm;
  readonly #activation: ModelConfig["hiddenAct"];

  constructor({ config, parameters }: HeadParts) {
    const { dense, norm, activation } = familyOf(config).maskedLm;
    this.#dense = linearOf(parameters, dense);
    this.#norm = normOf(parameters, norm, config.layerNormEps);
    this.#activation = activation?.(config) ?? config.hiddenAct;
  }

  /** `[rows, embeddingSize]` of `[rows, hiddenSize]`. */
  forward(tape: Tape, x: Tensor): Tensor {
    return layerNorm(tape, linear(tape, x, { ...this.#dense, activation: this.#activation }), this.#norm);
  }
}
