/**
 * Sequences of one step, one after another without padding (see {@linkcode pack}).
 *
 * `tokens` is the number of tokens over all sequences, `rows` the number of rows whose logits are wanted.
 */
export interface PackedBatch {
  /** Token ids, `[tokens]`. */
  readonly ids: Uint32Array;
  /** Position of each token in its own sequence, from 0 (a model adds its own offset), `[tokens]`. */
  readonly positions: Uint32Array;
  /** Where each sequence begins, and the total at the end, `[sequences + 1]`. */
  readonly cuSeqlens: Uint32Array;
  /** Tokens whose tag logits are wanted (first subwords), `[rows]`. */
  readonly labelRows: Uint32Array;
  /** Tag number of each label row, -100 where it is ignored, `[rows]`. */
  readonly labels: Int32Array;
}

/** The label that cross entropy leaves out, as in PyTorch. */
export const IGNORED = -100;
