import type { Sentence } from "../data/sentence.ts";
import { encodeSentence } from "../text/alignment.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Phase } from "../training/phase.ts";

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
 * The first steps of a phase that come nearest to a budget of tokens, at least one. Their batches are the same for all
 * arms, and what masks cost is counted, not estimated: arms differ by half a step at the most.
 */
export function spendBudget({ steps, contribution }: Phase, budget: number): SpentBudget {
  const windows = steps.filter(({ epoch }) => epoch === 0)
    .reduce((sum, { microBatches }) => sum + microBatches.flat().length, 0);
  const epochs: number[] = [];
  let [tokens, seen] = [0, 0];
  for (const { epoch, microBatches } of steps) {
    let step = 0;
    for (const window of microBatches.flat()) {
      for (const { ids } of contribution(window, epoch).sequences) step += ids.length;
    }
    if (epochs.length > 0 && tokens + step / 2 > budget) break;
    tokens += step;
    seen += microBatches.flat().length;
    epochs.push(seen / windows);
  }
  return { steps: epochs.length, tokens, epochs };
}
