/**
 * A tagging head that is none of Lacuna's, to prove that a new one needs no change elsewhere: it sees how
 * words are written.
 */

import { crossEntropy } from "../../../src/autograd/ops/cross_entropy.ts";
import { embed, gatherRows } from "../../../src/autograd/ops/gather_rows.ts";
import { sumOfLinear } from "../../../src/autograd/ops/linear.ts";
import type { Tape } from "../../../src/autograd/tape.ts";
import type { Tensor } from "../../../src/autograd/tensor.ts";
import { IGNORED, type PackedBatch } from "../../../src/data/packed_batch.ts";
import type { TrainingBatch } from "../../../src/data/training_batch.ts";
import { tagDecoder } from "../../../src/evaluation/decoding.ts";
import type { BuiltTaggingHead, HeadParts, LossTarget, TaggingHeadKind } from "../../../src/nn/heads/head.ts";
import { biasSpec, productSpec, tableSpec } from "../../../src/nn/specs.ts";

/** Width of the embeddings of shapes. */
const WIDTH = 4;

/**
 * A score of each tag from the hidden state, and one from the shape of the word: hidden, capital or other.
 */
export const wideHead: TaggingHeadKind = {
  kind: "wide",
  of: (labels) => ({
    kind: "wide",
    labels,
    specs: ({ hiddenSize }) => [
      productSpec("wide.deep.weight", [labels.length, hiddenSize], "head"),
      { ...tableSpec("wide.shapes.weight", [3, WIDTH], "head"), rate: 5 },
      productSpec("wide.shape.weight", [labels.length, WIDTH], "head"),
      biasSpec("wide.bias", labels.length, "head"),
    ],
    build: (parts) => new BuiltWideHead(parts, labels),
  }),
};

class BuiltWideHead implements BuiltTaggingHead {
  readonly task = "tagging";
  readonly #parts: HeadParts;
  readonly #labels: readonly string[];

  constructor(parts: HeadParts, labels: readonly string[]) {
    this.#parts = parts;
    this.#labels = labels;
  }

  rows({ labels }: TrainingBatch): number {
    return labels.filter((label) => label !== IGNORED).length;
  }

  loss(tape: Tape, hidden: Tensor, batch: TrainingBatch, target: LossTarget): void {
    crossEntropy(tape, this.logits(tape, hidden, batch), { labels: batch.labels, ...target });
  }

  logits(tape: Tape, hidden: Tensor, { labelRows, words }: PackedBatch): Tensor {
    const { parameters } = this.#parts;
    const indexes = Uint32Array.from(
      words,
      (word) => word === undefined ? 0 : /^\p{Lu}/u.test(word) ? 1 : 2,
    );
    const shapes = embed(tape, [{ table: parameters.get("wide.shapes.weight"), indexes }]);
    return sumOfLinear(tape, [gatherRows(tape, hidden, labelRows), shapes], {
      weights: [parameters.get("wide.deep.weight"), parameters.get("wide.shape.weight")],
      bias: parameters.get("wide.bias"),
    });
  }

  /** Reads a parameter, as one with scores of transitions would; none here, so it only checks that it can. */
  async decoder() {
    const bias = await this.#parts.parameters.read("wide.bias");
    if (bias.length !== this.#labels.length) throw new RangeError("expected a bias a tag");
    return tagDecoder(this.#labels, { legal: false });
  }
}
