/**
 * An encoder and words as one tagger, a product of experts (Hinton 2002): the scores of the words' CRF, times
 * a weight, are added to those of the encoder's head, emissions to logits and transitions to transitions.
 *
 * The two are trained apart. Trained together, words learn first what is easy, and the encoder learns less
 * from what is left.
 *
 * @module
 */

import { type ChainWeights, type Scores, viterbi } from "../crf/linear_chain.ts";
import type { WordCrf } from "../crf/word_crf.ts";
import type { Sentence } from "../data/sentence.ts";
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
/** A difference in F1 on dev that says nothing: of weights so close to the best the least is taken. */
const NOTHING = 0.01;

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
 * The weight with which an encoder and words together tag dev best, by strict micro F1. Of weights within a
 * point of the best it is the least: dev is small, and often nearer to training than what will be tagged,
 * which speaks for words too much.
 *
 * @throws the signal's reason, if it is aborted
 */
export async function fitWeight(
  encoder: Encoder,
  crf: WordCrf,
  { dev, signal }: { readonly dev: readonly Sentence[]; readonly signal?: AbortSignal },
): Promise<number> {
  const [words, gold] = [dev.map(({ words }) => words), dev.map(({ tags }) => tags)];
  const logits = await encoder.logits(words, { signal });
  const own = await encoder.decoder({});
  const emissions: Float64Array[] = [];
  for (const sentence of words) {
    await yieldToHost(signal);
    emissions.push(crf.emissions(sentence));
  }
  const scores: number[] = [];
  for (const weight of WEIGHTS) {
    const chain = joinChains(own.chain, crf.chain, weight);
    const predicted: string[][] = [];
    for (const [i, given] of emissions.entries()) {
      await yieldToHost(signal);
      const path = viterbi({ ...chain, emissions: addScaled(logits[i], given, weight) });
      predicted.push(Array.from(path, (tag) => crf.parts.labels[tag]));
    }
    scores.push(scoreSentences(gold, predicted).strict.micro.f1);
  }
  const best = Math.max(...scores);
  return WEIGHTS[scores.findIndex((f1) => f1 >= best - NOTHING)];
}
