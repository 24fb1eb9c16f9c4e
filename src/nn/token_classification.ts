import { dropout } from "../autograd/ops/dropout.ts";
import { gatherRows } from "../autograd/ops/gather_rows.ts";
import { type Linear, linear } from "../autograd/ops/linear.ts";
import type { Tape } from "../autograd/tape.ts";
import type { Tensor } from "../autograd/tensor.ts";
import type { ModelConfig } from "../checkpoint/hugging_face.ts";
import type { Parameters } from "./parameters.ts";

/** The tagging head: dropout and one linear layer, at the rows that carry a tag only. */
export class TokenClassificationHead {
  readonly #classifier: Linear;
  readonly #p: number;

  constructor(config: ModelConfig, parameters: Parameters) {
    this.#classifier = {
      weight: parameters.get("classifier.weight"),
      bias: parameters.get("classifier.bias"),
    };
    this.#p = config.classifierDropout ?? config.hiddenDropoutProb;
  }

  /** Logits `[rows, labels]` at the given rows of hidden states `[tokens, hiddenSize]`. */
  forward(tape: Tape, hidden: Tensor, labelRows: Uint32Array): Tensor {
    const rows = dropout(tape, gatherRows(tape, hidden, labelRows), { p: this.#p, site: "classifier" });
    return linear(tape, rows, { ...this.#classifier, logits: true });
  }
}
