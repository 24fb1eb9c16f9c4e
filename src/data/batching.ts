import { OptionError } from "../errors.ts";
import { message, setting } from "../message.ts";
import { Random } from "../random/random.ts";

/** What decides the batches of an epoch. */
export interface BatchingOptions {
  /** The most tokens that a batch may hold, special tokens included. */
  readonly batchTokens: number;
  readonly seed: number;
  /** The number of the epoch, from 0: each has its own order. */
  readonly epoch: number;
}

/** A pool is sorted by length; this many batches a pool keep like lengths together and still mix the data. */
const BATCHES_PER_POOL = 16;
/** A small data set is cut into at least so many pools, or every epoch would see almost the same batches. */
const LEAST_POOLS = 4;

/**
 * The batches of one epoch as example numbers: every example exactly once, up to `batchTokens` tokens a
 * batch.
 *
 * The examples are shuffled and cut into pools; a pool is sorted by length, so that the sequences of a batch
 * are of like length and attention's work is even; batches are filled in this order, and the order of the
 * batches is shuffled. Every second pool is sorted downwards: lengths then meet where pools meet, and no pool
 * leaves a batch half full. An example longer than the budget is a batch of its own. The result depends on
 * `lengths` and the options alone.
 *
 * @param lengths tokens of each example
 * @throws {OptionError} when `batchTokens` is not a positive integer.
 */
export function planBatches(lengths: readonly number[], options: BatchingOptions): number[][] {
  const { batchTokens, seed, epoch } = options;
  if (!Number.isInteger(batchTokens) || batchTokens < 1) {
    throw new OptionError(
      message`Expected ${setting("batchTokens")} to be a positive integer but found ${batchTokens}`,
    );
  }
  const random = new Random(seed, "batches", epoch);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const poolTokens = Math.min(BATCHES_PER_POOL * batchTokens, Math.ceil(total / LEAST_POOLS));
  const pools = fillBatches(random.shuffle(lengths.map((_, i) => i)), { lengths, budget: poolTokens });
  const ordered = pools.flatMap((pool, p) => {
    const direction = p % 2 === 0 ? 1 : -1;
    return pool.sort((a, b) => direction * (lengths[a] - lengths[b]));
  });
  return random.shuffle(fillBatches(ordered, { lengths, budget: batchTokens }));
}

/** Cuts `order` into runs of at most `budget` tokens; a longer example is a run of its own. */
export function fillBatches(
  order: readonly number[],
  { lengths, budget }: { lengths: readonly number[]; budget: number },
): number[][] {
  const runs: number[][] = [];
  let room = 0;
  for (const example of order) {
    if (runs.length === 0 || lengths[example] > room) {
      runs.push([]);
      room = budget;
    }
    runs[runs.length - 1].push(example);
    room -= lengths[example];
  }
  return runs;
}
