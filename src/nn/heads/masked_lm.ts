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
import { familyOf } from "../families/registry.ts";
import { biasSpec, linearSpecs } from "../specs.ts";
import type { BuiltHead, Head, HeadParts, LossTarget } from "./head.ts";
import { Transform, transformSpecs } from "./transform.ts";

/**
 * The masked-LM head: dense, activation, norm, and a decoder; names and activation are the family's. The
 * weight of a decoder that is tied, as config.json says, is the word embedding table, so only its bias is a
 * parameter.
 */
export const maskedLm: Head<MaskedLmHead> = {
  specs(config) {
    const { maskedLm: { bias, decoder, shared }, embeddingSize } = familyOf(config);
    const { vocabSize, tieWordEmbeddings } = config;
    return [
      ...shared ? [] : transformSpecs(config),
      ...tieWordEmbeddings
        ? [biasSpec(bias, vocabSize, "head")]
        : linearSpecs(decoder, [vocabSize, embeddingSize(config)], { layer: "head" }),
    ];
  },
  readsWordEmbeddings: true,
  build: (parts) => new MaskedLmHead(parts),
};

/** The decoder of masked pieces, which the boundary head shares. */
export function pieceDecoder({ config, parameters, encoder }: HeadParts): TiedDecoder {
  const { bias, decoder } = familyOf(config).maskedLm;
  return config.tieWordEmbeddings
    ? { table: encoder.wordEmbeddings, bias: parameters.get(bias) }
    : { table: parameters.get(`${decoder}.weight`), bias: parameters.get(`${decoder}.bias`) };
}

/** The masked-LM head with its parameters on a device. */
export class MaskedLmHead implements BuiltHead {
  readonly task = "mlm";
  readonly #transform: Transform;
  readonly #decoder: TiedDecoder;

  constructor(parts: HeadParts) {
    this.#transform = new Transform(parts);
    this.#decoder = pieceDecoder(parts);
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
