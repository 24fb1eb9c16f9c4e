import type { Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { type ScoreReport, scoreSentences } from "../evaluation/scores.ts";
import type { InnerTagger } from "./model_tagger.ts";

/** How well a tagger does on labelled sentences. */
export interface Evaluation {
  readonly report: ScoreReport;
  /** Mean loss of the words' tags, in nats; 0 where there is no word. */
  readonly loss: number;
}

/**
 * Tags labelled sentences and compares the tags with theirs, all of which the tagger knows.
 *
 * @param options `trainingMentions` are the texts of the mentions in training, to tell seen names from unseen
 * ones
 * @throws {CheckpointError} if the weights give logits that are not finite
 * @throws the signal's reason, if it is aborted
 */
export async function evaluateTagger(
  tagger: InnerTagger,
  sentences: readonly Sentence[],
  { trainingMentions, signal }: { trainingMentions: ReadonlySet<string>; signal?: AbortSignal },
): Promise<Evaluation> {
  const words = sentences.map(({ words }) => words);
  const gold = sentences.map(({ tags }) => tags);
  const decoder = await tagger.decoder({});
  const predicted: string[][] = [];
  let [loss, count] = [0, 0];
  for (const [i, logits] of (await tagger.logits(words, { signal })).entries()) {
    await yieldToHost(signal);
    predicted.push(decoder.decode(logits).tags);
    loss += decoder.loss(logits, gold[i]);
    count += words[i].length;
  }
  const report = scoreSentences(gold, predicted, { trainingMentions, words });
  return { report, loss: count === 0 ? 0 : loss / count };
}
