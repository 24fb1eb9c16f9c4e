import type { Tape } from "../autograd/tape.ts";
import type { Parameter, Tensor } from "../autograd/tensor.ts";
import type { PackedBatch } from "../data/packed_batch.ts";

/** The tokens of a batch, as an encoder needs them. */
export type Tokens = Pick<PackedBatch, "ids" | "positions" | "cuSeqlens">;

/**
 * What turns tokens into hidden states. Activations are `[tokens, hiddenSize]` over packed sequences, without
 * padding.
 */
export interface Encoder {
  /** The word embeddings `[vocabSize, embeddingSize]`, also the weight of a tied decoder. */
  readonly wordEmbeddings: Parameter;
  /** Hidden states of the last layer, `[tokens, hiddenSize]`. */
  forward(tape: Tape, tokens: Tokens): Tensor;
  /**
   * Hidden states `[tokens, hiddenSize]` by number, as transformers counts its `hidden_states`: 0 are the
   * embeddings, n those of the layer n from the bottom, from 1.
   */
  states(tape: Tape, tokens: Tokens, numbers: readonly number[]): Tensor[];
}
