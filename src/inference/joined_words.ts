/**
 * An encoder and words as one tagger, a product of experts (Hinton 2002): the scores of the words' CRF, times
 * a weight, are added to those of the encoder's head, emissions to logits and transitions to transitions.
 *
 * The two are trained apart. Trained together, words learn first what is easy, and the encoder learns less
 * from what is left.
 *
 * @module
 */

import type { ChainWeights, Scores } from "../crf/linear_chain.ts";
import type { WordCrf } from "../crf/word_crf.ts";
import { hasMention, type Sentence } from "../data/sentence.ts";
import { yieldToHost } from "../device/yield_to_host.ts";
import { chainDecoder, type DecodeOptions, type TagDecoder } from "../evaluation/decoding.ts";
import { scoreSentences } from "../evaluation/scores.ts";
import type { JoinedWords } from "../model/words_file.ts";
import type { PassOptions } from "./model_logits.ts";

/** What words are joined with. */
interface Encoder {
  logits(sentences: readonly (readonly string[])[], options: PassOptions): Promise<Float32Array[]>;
  decoder(options: DecodeOptions): Promise<TagDecoder>;
}

/** Weights that are tried; 0 is the encoder alone. */
const WEIGHTS = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.5, 2, 3, 5];
/**
 * Temperatures at which the two together are looked at: fine-tuned encoders are surer than they are right.
 */
const TEMPERATURES = [1, 1.5, 2, 3, 5, 7, 10, 20];

/** The logits of a sentence with what its words say, `[words, labels]`. */
export function joinLogits(
  logits: Float32Array,
  words: readonly string[],
  { crf, weight }: JoinedWords,
): Float32Array {
  return addScaled(logits, crf.emissions(words), weight);
}

/** The decoder of logits that words are joined with. */
export function joinDecoder(
  encoder: TagDecoder,
  { crf, weight }: JoinedWords,
  options: DecodeOptions,
): TagDecoder {
  const { labels } = crf.parts;
  return chainDecoder(labels, joinChains(encoder.chain, crf.chain, weight), options);
}

function joinChains(encoder: ChainWeights, words: ChainWeights, weight: number): ChainWeights {
  const joined = (name: keyof ChainWeights) =>
    Float64Array.from(encoder[name], (score, i) => {
      const other = words[name][i];
      // Both forbid what IOB2 forbids, and 0 times infinity is no number.
      return other === -Infinity ? score : score + weight * other;
    });
  return { transitions: joined("transitions"), start: joined("start"), end: joined("end") };
}

function addScaled(logits: Float32Array, others: Scores, weight: number): Float32Array {
  return Float32Array.from(logits, (logit, i) => logit + weight * others[i]);
}

/**
 * The weight with which an encoder and words together find the gold tags of dev most probable, at the
 * temperature that suits them best; of equal ones the smaller. It is 0 where dev has no entity, or strict
 * micro F1 there is lower with words. On few sentences the likelihood says more than F1: on halves of dev it
 * chose better for the other halves.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function fitWeight(
  encoder: Encoder,
  crf: WordCrf,
  { dev, signal }: { readonly dev: readonly Sentence[]; readonly signal?: AbortSignal },
): Promise<number> {
  if (!dev.some(hasMention)) return 0;
  const own = await encoder.decoder({});
  const logits = await encoder.logits(dev.map(({ words }) => words), { signal });
  const joinedAt = async (weight: number) => {
    const all: Float32Array[] = [];
    for (const [i, { words }] of dev.entries()) {
      await yieldToHost(signal);
      all.push(joinLogits(logits[i], words, { crf, weight }));
    }
    return { decoder: joinDecoder(own, { crf, weight }, {}), all };
  };
  const f1At = async (weight: number) => {
    const { decoder, all } = await joinedAt(weight);
    const predicted = all.map((logits) => decoder.decode(logits).tags);
    return scoreSentences(dev.map(({ tags }) => tags), predicted).strict.micro.f1;
  };
  let best = { weight: 0, surprise: Infinity };
  for (const weight of WEIGHTS) {
    const { decoder, all } = await joinedAt(weight);
    const surpriseAt = async (temperature: number) => {
      let sum = 0;
      for (const [i, { tags }] of dev.entries()) {
        await yieldToHost(signal);
        sum += decoder.surprise(all[i], tags, temperature);
      }
      return sum;
    };
    let surprise = Infinity;
    for (const temperature of TEMPERATURES) {
      const next = await surpriseAt(temperature);
      // It is convex in the inverse of the temperature: once it rises, it goes on rising.
      if (next >= surprise) break;
      surprise = next;
    }
    if (surprise < best.surprise) best = { weight, surprise };
  }
  return best.weight > 0 && await f1At(best.weight) >= await f1At(0) ? best.weight : 0;
}
