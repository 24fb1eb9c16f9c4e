import { Random } from "../../src/random/random.ts";

/** A batch whose step is timed. */
export interface ScalingBatch {
  readonly name: string;
  /** Tokens of its sequences. */
  readonly lengths: readonly number[];
}

/** Sentences as they are in corpora of names. */
const SHORT = { min: 10, max: 70 };

/**
 * Batches of 128 to 2048 tokens in short ragged sequences, then 1024 tokens in longer ones, in long ones
 * only, and in one long and many short ones.
 *
 * @param longest tokens that the model takes
 */
export function scalingBatches(longest: number): ScalingBatch[] {
  const random = new Random(1, "lengths of a batch");
  /** So many tokens in ragged sequences; what is left at the end is the last one. */
  const ragged = (tokens: number, { min, max }: { min: number; max: number }) => {
    const lengths = [];
    for (let left = tokens; left > 0; left -= lengths.at(-1)!) {
      lengths.push(Math.min(left, min + random.integer(max - min + 1)));
    }
    return lengths;
  };
  const half = longest / 2;
  return [
    ...[128, 256, 512, 1024, 1536, 2048].map((tokens) => ({
      name: "short ones",
      lengths: ragged(tokens, SHORT),
    })),
    { name: "longer ones", lengths: ragged(1024, { min: half / 2, max: half }) },
    { name: "long ones", lengths: ragged(1024, { min: half, max: longest }) },
    { name: "one long, many short", lengths: [longest, ...ragged(1024 - longest, SHORT)] },
  ];
}

/** What attention's work grows with. */
export function squaredLengths(lengths: readonly number[]): number {
  return lengths.reduce((sum, length) => sum + length * length, 0);
}
