import { maxTokens } from "../model/config.ts";
import type { ModelConfig } from "../nn/config.ts";
import type { Sentence } from "../data/sentence.ts";
import { computeLogits, TAGGING_TOKENS } from "../inference/model_logits.ts";
import { encodeWindows } from "../masking/prompt.ts";
import type { Model } from "../model/model.ts";
import { readsPrompt } from "../model/reading.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type BatchSize, sequenceOf } from "../run/batch_size.ts";

/** The most that is tagged at once where a run scores one of these sets of sentences. */
export function largestTaggingBatch(
  sets: readonly (readonly Sentence[])[],
  { tokenizer, config }: { readonly tokenizer: Tokenizer; readonly config: ModelConfig },
): BatchSize {
  const reading = { maxTokens: maxTokens(config), prompt: readsPrompt(config) };
  const most = Math.max(TAGGING_TOKENS, reading.maxTokens);
  const sizes = sets.map((sentences) => {
    let [tokens, tagged] = [0, 0];
    for (const { words } of sentences) {
      for (const { ids, labelRows } of encodeWindows(tokenizer, words, reading)) {
        tokens += ids.length;
        tagged += labelRows.length;
      }
      // What follows is in other batches.
      if (tokens >= most) return { tokens: most, tagged: most };
    }
    return { tokens, tagged };
  });
  return {
    tokens: Math.max(...sizes.map(({ tokens }) => tokens)),
    tagged: Math.max(...sizes.map(({ tagged }) => tagged)),
    masked: 0,
  };
}

/** Tags a batch of a size, whose logits nobody wants. */
export function rehearseTagging(model: Model, size: BatchSize): void {
  if (size.tokens === 0) return;
  const { words, ...sequence } = sequenceOf(size, model.config);
  const window = { ...sequence, words: words.map(() => ""), firstWord: 0 };
  void computeLogits(model, [window], { precision: "f32", into: new Map() });
}
