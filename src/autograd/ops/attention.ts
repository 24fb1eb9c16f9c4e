import type { View } from "../../device/device.ts";
import type { Dropout, Tape } from "../tape.ts";
import type { Tensor } from "../tensor.ts";

/** Query, key and value of a packed batch and how they attend. */
export interface Attention {
  /** Query, key and value of each token next to each other, `[tokens, 3 * heads * headSize]`. */
  readonly qkv: Tensor;
  /** First row and end row of each token's sequence, u32 `[tokens, 2]`. */
  readonly bounds: View;
  readonly heads: number;
  /**
   * How far queries and keys of each token are turned (see kernels/rotary.ts), f32 `[tokens, headSize]`; they
   * are not without.
   */
  readonly turns?: View;
  /** A token attends to others up to so many places away; 0, the default, is its whole sequence. */
  readonly window?: number;
  /** Dropout of the attention probabilities. */
  readonly dropout: Dropout;
}

/**
 * Scaled dot-product attention inside each sequence (Vaswani et al. 2017, arXiv:1706.03762), without a
 * `[tokens, tokens]` matrix (Dao et al. 2022, arXiv:2205.14135): one logsumexp a row and head is kept for
 * backward.
 */
export function attention(tape: Tape, { qkv, bounds, heads, dropout, turns, window = 0 }: Attention): Tensor {
  const { device } = tape;
  const [tokens, columns] = qkv.shape;
  const hidden = columns / 3;
  const headSize = hidden / heads;
  const out = tape.tensor([tokens, hidden], [qkv]);
  const stats = tape.allocate("f32", tokens * heads * 2);
  const forward = { qkv: qkv.view, bounds, out: out.view, stats };
  const parameters = {
    tokens,
    heads,
    headSize,
    hidden,
    scale: 1 / Math.sqrt(headSize),
    window,
    ...tape.dropoutUniforms(dropout),
  };
  const turn = (view: View, inverse: boolean) => {
    if (turns) {
      device.dispatch("rotary", { qkv: view, turns }, { tokens, heads, headSize, hidden, inverse });
    }
  };
  // In place: nobody else reads what the product of the projections left.
  turn(qkv.view, false);
  device.dispatch("attention", forward, parameters);

  const backward = (dOut: View) => {
    const dQkv = tape.allocate(tape.real, tokens * columns);
    device.dispatch("attentionBackward", { ...forward, dOut, dQkv }, parameters);
    turn(dQkv, true);
    tape.giveGradient(qkv, dQkv);
  };
  tape.record(out, { saved: [stats], backward });
  return out;
}
