import { OptionError } from "../errors.ts";
import { Random } from "../random/random.ts";

/**
 * A seeded sample of `n` items in their original order; all items when there are no more than `n`.
 *
 * The sample is the first `n` of one seeded permutation, so samples of one seed nest: the sample of 100
 * contains the sample of 50, and a learning curve adds data without exchanging any.
 *
 * @throws {OptionError} when `n` is not a positive integer.
 */
export function sampleSentences<T>(
  sentences: readonly T[],
  n: number,
  { seed }: { readonly seed: number },
): T[] {
  if (!Number.isInteger(n) || n < 1) {
    throw new OptionError(`Expected the size of a sample to be a positive integer but found ${n}`);
  }
  const order = new Random(seed, "sample").shuffle(sentences.map((_, i) => i));
  return order.slice(0, n).sort((a, b) => a - b).map((i) => sentences[i]);
}
