import { type MatmulClass, matmulClass, matmulClasses } from "../../../kernels/matmul_variants.ts";

/** A product of `a [m, k]` and `b [k, n]`, and how they are stored. */
export interface MatmulProduct {
  /** Rows of the product. */
  readonly m: number;
  /** Columns of the product. */
  readonly n: number;
  /** Columns of a and rows of b, which the sums go over. */
  readonly k: number;
  /** 1 where a is stored `[k, m]`. */
  readonly transposeA: 0 | 1;
  /** 1 where b is stored `[n, k]`. */
  readonly transposeB: 0 | 1;
}

/** The sizes of an encoder that decide its products. */
export interface EncoderSizes {
  /** Width of the hidden states. */
  readonly hiddenSize: number;
  /** Width between the two layers of the feed-forward block. */
  readonly intermediateSize: number;
}

/** Tokens of the batch: more take longer and tell nothing new. */
const TOKENS = 512;

/**
 * The largest product of each class that training an encoder has; a class that it has none of is left out.
 */
export function matmulProducts(
  { hiddenSize, intermediateSize }: EncoderSizes,
): Map<MatmulClass, MatmulProduct> {
  const weights = [
    [3 * hiddenSize, hiddenSize],
    [hiddenSize, hiddenSize],
    [intermediateSize, hiddenSize],
    [hiddenSize, intermediateSize],
  ];
  const products = weights.flatMap(([outputs, inputs]): MatmulProduct[] => [
    { m: TOKENS, n: outputs, k: inputs, transposeA: 0, transposeB: 1 },
    { m: TOKENS, n: inputs, k: outputs, transposeA: 0, transposeB: 0 },
    { m: outputs, n: inputs, k: TOKENS, transposeA: 1, transposeB: 0 },
  ]);
  products.sort((one, other) => work(other) - work(one));
  const classOf = (product: MatmulProduct) =>
    matmulClass({ uniforms: { ...product }, constants: { ...product } });
  const found = matmulClasses.map((name) => [name, products.find((product) => classOf(product) === name)]);
  return new Map(found.filter((entry): entry is [MatmulClass, MatmulProduct] => entry[1] !== undefined));
}

function work({ m, n, k }: MatmulProduct): number {
  return m * n * k;
}
