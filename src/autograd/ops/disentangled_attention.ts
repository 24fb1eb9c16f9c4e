import type { View } from "../../device/device.ts";
import type { Tape } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import type { Attention } from "./attention.ts";

/** What disentangled attention reads beside what attention reads. */
export interface DisentangledAttention extends Pick<Attention, "qkv" | "bounds" | "heads" | "dropout"> {
  /** Query and key of each bucket of distances next to each other, `[buckets, 2 * heads * headSize]`. */
  readonly positions: Tensor;
  /** Bucket of each distance, see kernels/disentangled_attention.ts, u32 `[distances]`. */
  readonly bucketOf: View;
  /** First distance of each bucket and the one after its last, u32 `[buckets, 2]`. */
  readonly rangeOf: View;
}

/**
 * Attention inside each sequence whose scores are sums of content-to-content, content-to-position and
 * position-to-content products (He et al. 2021, arXiv:2006.03654), which are scaled by `1 / sqrt(3 *
 * headSize)`.
 */
export function disentangledAttention(
  tape: Tape,
  { qkv, positions, bucketOf, rangeOf, bounds, heads, dropout }: DisentangledAttention,
): Tensor {
  const { device } = tape;
  const [tokens, columns] = qkv.shape;
  const hidden = columns / 3;
  const headSize = hidden / heads;
  const out = tape.tensor([tokens, hidden], [qkv, positions]);
  const stats = tape.allocate("f32", tokens * heads * 2);
  const forward = { qkv: qkv.view, positions: positions.view, bucketOf, bounds, out: out.view, stats };
  const parameters = {
    tokens,
    heads,
    headSize,
    hidden,
    scale: 1 / Math.sqrt(3 * headSize),
    buckets: positions.shape[0],
    distances: bucketOf.length,
    ...tape.dropoutUniforms(dropout),
  };
  device.dispatch("disentangledAttention", forward, parameters);

  const backward = (dOut: View) => {
    const dQkv = tape.allocate(tape.real, tokens * columns);
    const dPositions = tape.allocate(tape.real, positions.view.length);
    const buffers = { ...forward, rangeOf, dOut, dQkv, dPositions };
    device.dispatch("disentangledAttentionBackward", buffers, parameters);
    tape.giveGradient(qkv, dQkv);
    tape.giveGradient(positions, dPositions);
  };
  tape.record(out, { saved: [stats], backward });
  return out;
}
