import type { Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { encodeSentence } from "../text/alignment.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Phase } from "../training/phase.ts";
import { type PlannedStep, withProgress } from "../training/plan.ts";

/** What a run does with its budget. */
export interface SpentBudget {
  /** Steps of the optimiser. */
  readonly steps: number;
  /** Forward-backward tokens of these steps, masked copies and prompts included. */
  readonly tokens: number;
  /** Epochs done after each step, `[steps]`. */
  readonly epochs: readonly number[];
}

/** Forward-backward tokens of a sentence without masks, special tokens included. */
export function sentenceTokens(
  { words }: Sentence,
  { tokenizer, maxTokens }: { readonly tokenizer: Tokenizer; readonly maxTokens: number },
): number {
  return encodeSentence(tokenizer, words, { maxTokens }).reduce((sum, { ids }) => sum + ids.length, 0);
}

/**
 * The number of steps that comes nearest to a budget of tokens, at least one, of a phase that is long enough.
 * Batches are the same for all arms, and what masks cost is counted, not estimated: arms differ by half a
 * step.
 *
 * A schedule of masking stretches with the number of steps, so a step's tokens depend on how many there are
 * in all: the number is bisected, and each try counted as a run of its own. It moves a few masked copies
 * between two neighbouring numbers, so there arms differ by a step.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function spendBudget(
  { steps, contribution }: Phase,
  budget: number,
  signal?: AbortSignal,
): Promise<SpentBudget> {
  const tokensOf = async (count: number) => {
    let tokens = 0;
    for (const step of withProgress(steps.slice(0, count))) {
      await yieldToHost(signal);
      for (const window of step.microBatches.flat()) {
        for (const { ids } of contribution(window, step).sequences) tokens += ids.length;
      }
    }
    return tokens;
  };
  let [below, enough] = [0, steps.length];
  while (enough - below > 1) {
    const middle = (below + enough) >> 1;
    if (await tokensOf(middle) < budget) below = middle;
    else enough = middle;
  }
  const [most, fewest] = [await tokensOf(enough), await tokensOf(below)];
  const takesLess = below > 0 && most - budget > budget - fewest;
  const [count, tokens] = takesLess ? [below, fewest] : [enough, most];
  return { steps: count, tokens, epochs: epochsAfter(steps, count) };
}

/** Epochs done after each of the first `count` steps, in sentences seen, `[count]`. */
function epochsAfter(steps: readonly PlannedStep[], count: number): number[] {
  const windows = steps.map(({ microBatches }) => microBatches.flat().length);
  const all = windows.reduce((sum, seen, i) => steps[i].epoch === 0 ? sum + seen : sum, 0);
  let seen = 0;
  return windows.slice(0, count).map((step) => (seen += step) / all);
}
