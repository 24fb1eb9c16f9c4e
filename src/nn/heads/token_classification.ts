import { crossEntropy } from "../../autograd/ops/cross_entropy.ts";
import { dropout } from "../../autograd/ops/dropout.ts";
import { gatherRows } from "../../autograd/ops/gather_rows.ts";
import { type Linear, linear } from "../../autograd/ops/linear.ts";
import type { Tape } from "../../autograd/tape.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import { IGNORED, type PackedBatch } from "../../data/packed_batch.ts";
import type { TrainingBatch } from "../../data/training_batch.ts";
import { OptionError } from "../../errors.ts";
import type { DecodeOptions, TagDecoder } from "../../evaluation/decoding.ts";
import { decoderOf } from "../../evaluation/label_decoder.ts";
import type { ModelConfig } from "../config.ts";
import { familyOf } from "../families/registry.ts";
import { linearOf } from "../layers.ts";
import { linearSpecs, type ParameterSpec } from "../specs.ts";
import type { BuiltTaggingHead, HeadParts, LossTarget, TaggingHead, TaggingHeadKind } from "./head.ts";
import { Transform } from "./transform.ts";

const NAME = "classifier";

/** Transformers' tagging head: dropout and one linear layer, at the rows that carry a tag only. */
export const tokenClassification: TaggingHeadKind = {
  kind: "linear",
  of(labels): TaggingHead {
    checkTags(labels);
    return {
      kind: this.kind,
      labels,
      specs: (config) => classifierSpecs(config, labels),
      build: (parts) => new TokenClassificationHead(parts, labels),
    };
  },
};

/** @throws {OptionError} for no tags */
export function checkTags(labels: readonly string[]): void {
  if (labels.length > 0) return;
  throw new OptionError(
    "expected the tags of the tagging head, found none given and no id2label in config.json",
  );
}

/** The parameters of {@linkcode Classifier}. */
export function classifierSpecs(
  { hiddenSize }: Pick<ModelConfig, "hiddenSize">,
  labels: readonly string[],
): ParameterSpec[] {
  return linearSpecs(NAME, [labels.length, hiddenSize], { layer: "head" });
}

/**
 * A score of each tag at the label rows: dropout and one linear layer, in some families behind a transform.
 */
export class Classifier {
  readonly #transform: Transform | undefined;
  readonly #linear: Linear;
  readonly #p: number;

  constructor(parts: HeadParts) {
    const { config, parameters } = parts;
    this.#transform = familyOf(config).maskedLm.shared ? new Transform(parts) : undefined;
    this.#linear = linearOf(parameters, NAME);
    this.#p = config.classifierDropout ?? config.hiddenDropoutProb;
  }

  logits(tape: Tape, hidden: Tensor, { labelRows }: PackedBatch): Tensor {
    const rows = gatherRows(tape, hidden, labelRows);
    const read = this.#transform?.forward(tape, rows) ?? rows;
    return linear(tape, dropout(tape, read, { p: this.#p, site: "classifier" }), {
      ...this.#linear,
      logits: true,
    });
  }
}

/** The rows of a batch that have a label. */
export function labelledRows({ labels }: TrainingBatch): number {
  return labels.reduce((rows, label) => label === IGNORED ? rows : rows + 1, 0);
}

class TokenClassificationHead implements BuiltTaggingHead {
  readonly task = "tagging";
  readonly #labels: readonly string[];
  readonly #classifier: Classifier;

  constructor(parts: HeadParts, labels: readonly string[]) {
    this.#labels = labels;
    this.#classifier = new Classifier(parts);
  }

  rows(batch: TrainingBatch): number {
    return labelledRows(batch);
  }

  loss(tape: Tape, hidden: Tensor, batch: TrainingBatch, target: LossTarget): void {
    crossEntropy(tape, this.logits(tape, hidden, batch), { labels: batch.labels, ...target });
  }

  logits(tape: Tape, hidden: Tensor, batch: PackedBatch): Tensor {
    return this.#classifier.logits(tape, hidden, batch);
  }

  decoder(options: DecodeOptions): Promise<TagDecoder> {
    return Promise.resolve(decoderOf(this.#labels, options));
  }
}
