import { GappedSentence, type MarkedSentence } from "../augmentation/gapped_sentence.ts";
import { nameWordMasking } from "../augmentation/name_words.ts";
import { fillBatches } from "../data/batching.ts";
import type { Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { pieceLogits } from "../inference/piece_logits.ts";
import type { Model } from "../model/model.ts";
import { Random } from "../random/random.ts";
import { maskId, type Tokenizer } from "../text/tokenizer.ts";
import type { TrainingSettings } from "./settings.ts";

/** Share of the words of names that others are drawn for, as in MELM. */
const PROPOSED_SHARE = 0.5;
/** Tokens that go through the model at once: the logits of all pieces come to the host. */
const BATCH_TOKENS = 512;

/** What a masked LM has proposed. */
export interface Proposals {
  /** Copies with other names, sentence by sentence, no two of a sentence the same. */
  readonly copies: readonly Sentence[];
  /** Tokens that went forward through the model. */
  readonly tokens: number;
}

/**
 * Draws words for masked words of names, `settings.augmentation` times a sentence.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function proposeNames(
  model: Model,
  sentences: readonly MarkedSentence[],
  { tokenizer, settings, signal }: { tokenizer: Tokenizer; settings: TrainingSettings; signal?: AbortSignal },
): Promise<Proposals> {
  const drafts: GappedSentence[][] = [];
  for (const [s, marked] of sentences.entries()) {
    await yieldToHost(signal);
    drafts.push(Array.from({ length: settings.augmentation }, (_, copy) => {
      const random = new Random(settings.seed, "names proposed", s, copy);
      const { encoded, sentence: { tags } } = marked;
      const gaps = nameWordMasking.plan({ encoded, tags, share: PROPOSED_SHARE, random });
      return new GappedSentence(marked, { gaps, maskId: maskId(tokenizer), random });
    }));
  }
  let tokens = 0;
  for (let round = 0;; round++) {
    const open = drafts.flat()
      .map((draft) => ({ draft, ids: draft.ids, rows: draft.rows(round) }))
      .filter(({ rows }) => rows.length > 0)
      .sort((a, b) => b.ids.length - a.ids.length);
    if (open.length === 0) break;
    const lengths = open.map(({ ids }) => ids.length);
    for (const batch of fillBatches([...open.keys()], { lengths, budget: BATCH_TOKENS })) {
      await yieldToHost(signal);
      const asked = batch.map((i) => open[i]);
      const logits = (await pieceLogits(model, asked, { signal })).values();
      for (const { draft, ids, rows } of asked) {
        tokens += ids.length;
        for (const row of rows) draft.fill(row, { logits: logits.next().value!, reader: tokenizer });
      }
    }
  }
  const copies = drafts.flatMap((drafts) =>
    distinct(drafts.flatMap((draft) => draft.sentence(tokenizer) ?? []))
  );
  return { copies, tokens };
}

/** Sentences without those that say the same as one before. */
function distinct(sentences: readonly Sentence[]): Sentence[] {
  return [...new Map(sentences.map((sentence) => [sentence.words.join(" "), sentence])).values()];
}
