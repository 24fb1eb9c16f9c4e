import {
  type CrossEntropy,
  decoderCrossEntropy,
  decoderLogits,
  decoderStatistics,
  type LogitColumns,
  type TiedDecoder,
} from "../../autograd/ops/cross_entropy.ts";
import { gatherRows } from "../../autograd/ops/gather_rows.ts";
import type { Tape } from "../../autograd/tape.ts";
import type { Tensor } from "../../autograd/tensor.ts";
import type { TrainingBatch } from "../../data/training_batch.ts";
import type { View } from "../../device/device.ts";
import { CheckpointError } from "../../errors.ts";
import { familyOf } from "../families/registry.ts";
import { biasSpec } from "../specs.ts";
import type { BuiltHead, Head, HeadParts, LossTarget } from "./head.ts";
import { Transform, transformSpecs } from "./transform.ts";

/**
 * The masked-LM head: dense, activation, norm, and a decoder that is tied to the word embeddings; names and
 * activation are the family's. The decoder's weight is the word embedding table, so only its bias is a
 * parameter.
 */
export const maskedLm: Head<MaskedLmHead> = {
  specs(config) {
    if (!config.tieWordEmbeddings) {
      throw new CheckpointError(
        "expected tie_word_embeddings to be true for a masked-LM head, whose decoder is the word embedding table, " +
          "found false in config.json",
      );
    }
    const { bias, shared } = familyOf(config).maskedLm;
    return [
      ...shared ? [] : transformSpecs(config),
      biasSpec(bias, config.vocabSize, "head"),
    ];
  },
  readsWordEmbeddings: true,
  build: (parts) => new MaskedLmHead(parts),
};

/** The decoder of masked pieces, which the boundary head shares. */
export function tiedDecoder({ config, parameters, encoder }: HeadParts): TiedDecoder {
  return { table: encoder.wordEmbeddings, bias: parameters.get(familyOf(config).maskedLm.bias) };
}

/** The masked-LM head with its parameters on a device. */
export class MaskedLmHead implements BuiltHead {
  readonly task = "mlm";
  readonly #transform: Transform;
  readonly #decoder: TiedDecoder;

  constructor(parts: HeadParts) {
    this.#transform = new Transform(parts);
    this.#decoder = tiedDecoder(parts);
  }

  rows({ masked }: TrainingBatch): number {
    return masked.rows.length;
  }

  /**
   * What the decoder compares with the word embeddings: `[rows, embeddingSize]` at the given rows of the
   * hidden states.
   */
  transform(tape: Tape, hidden: Tensor, rows: Uint32Array): Tensor {
    return this.#transform.forward(tape, gatherRows(tape, hidden, rows));
  }

  loss(tape: Tape, hidden: Tensor, { masked: { rows, labels } }: TrainingBatch, target: LossTarget): void {
    const transformed = this.transform(tape, hidden, rows);
    decoderCrossEntropy(tape, transformed, { labels, ...target, ...this.#decoder });
  }

  /** The pieces' logits at `rows`; see {@linkcode decoderLogits}. */
  logits(tape: Tape, hidden: Tensor, rows: Uint32Array): Generator<LogitColumns> {
    return decoderLogits(tape, this.transform(tape, hidden, rows), this.#decoder);
  }

  /** Statistics of the pieces' logits at `rows`, f32 `[rows, 3]`; see {@linkcode decoderStatistics}. */
  statistics(
    tape: Tape,
    hidden: Tensor,
    { rows, labels }: Pick<CrossEntropy, "labels"> & { rows: Uint32Array },
  ): View {
    const transformed = this.transform(tape, hidden, rows);
    return decoderStatistics(tape, transformed, { ...this.#decoder, labels: tape.upload(labels) });
  }
}
