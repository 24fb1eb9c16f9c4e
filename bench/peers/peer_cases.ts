/**
 * What `bench-kernels --peers` compares.
 *
 * @module
 */

/** A product of `[m, k]` and `[k, n]`, stored transposed or not. */
export interface ProductCase {
  readonly name: string;
  readonly op: "matmul";
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: 0 | 1;
  readonly transposeB: 0 | 1;
}

/** Softmax over rows. */
export interface SoftmaxCase {
  readonly name: string;
  readonly op: "softmax";
  readonly rows: number;
  readonly columns: number;
}

/**
 * Attention over sequences of some lengths, without dropout, which not every peer has; with its gradients or
 * without.
 */
export interface AttentionCase {
  readonly name: string;
  readonly op: "attention";
  readonly lengths: readonly number[];
  readonly heads: number;
  readonly headSize: number;
  readonly backward: boolean;
}

/** One of the cases; bench/peers/work.mjs makes its inputs, on every side the same. */
export type PeerCase = ProductCase | SoftmaxCase | AttentionCase;

/**
 * A linear layer of BERT-base over 512 tokens: forward, and its gradients to the input and to the weights.
 */
const products: readonly ProductCase[] = [
  { name: "matmul NN 512 x 768 x 768", op: "matmul", m: 512, n: 768, k: 768, transposeA: 0, transposeB: 0 },
  { name: "matmul NT 512 x 768 x 768", op: "matmul", m: 512, n: 768, k: 768, transposeA: 0, transposeB: 1 },
  { name: "matmul TN 768 x 768 x 512", op: "matmul", m: 768, n: 768, k: 512, transposeA: 1, transposeB: 0 },
];

const softmaxes: readonly SoftmaxCase[] = [
  { name: "softmax 6144 x 512", op: "softmax", rows: 6144, columns: 512 },
  { name: "softmax 6144 x 64", op: "softmax", rows: 6144, columns: 64 },
];

/** Heads of BERT-base: sentences of one length, which need no padding, then of many, then long ones. */
const batches = {
  "8 x 64": Array.from({ length: 8 }, () => 64),
  "16 ragged": [12, 70, 31, 18, 44, 25, 57, 10, 36, 22, 64, 15, 29, 48, 19, 40],
  "1 x 512": [512],
};

/** All cases, each attention forward and with its gradients. */
export const peerCases: readonly PeerCase[] = [
  ...products,
  ...softmaxes,
  ...Object.entries(batches).flatMap(([name, lengths]) =>
    [false, true].map((backward): AttentionCase => ({
      name: `attention${backward ? " forward + backward" : ""}, ${name}`,
      op: "attention",
      ...{ lengths, heads: 12, headSize: 64, backward },
    }))
  ),
];

/** FLOP of a case: of the products only, so that all contenders are held to the same. */
export function productFlop(work: PeerCase): number {
  switch (work.op) {
    case "matmul":
      return 2 * work.m * work.n * work.k;
    case "softmax":
      return 0;
    case "attention": {
      const scores = work.heads * work.lengths.reduce((sum, length) => sum + length * length, 0);
      return scores * (work.backward ? 14 : 4) * work.headSize;
    }
  }
}
