import { type Chain, type ChainWeights, factorsOf, logPartition, viterbi } from "../crf/linear_chain.ts";
import { PathSums } from "../crf/path_sums.ts";
import { entitiesOf } from "../data/entities.ts";
import { type LabelSet, labelSetOf } from "../data/label_set.ts";
import { checkLogits, type DecodeOptions, type TagDecoder, tagDecoder } from "./decoding.ts";

/** The decoder of a linear head for these tags: that of IOB2, or of the scheme that they are of. */
export function decoderOf(labels: readonly string[], options: DecodeOptions = {}): TagDecoder {
  const set = labelSetOf(labels);
  const isIob2 = !set || set.scheme === "IOB2" && set.states.length === labels.length;
  return isIob2 ? tagDecoder(labels, options) : labelDecoder(labels, set, options);
}

/**
 * Decodes logits of tags of any scheme to IOB2. All sequences are those of the scheme; where illegal ones are
 * allowed each word has what its best tag says by itself, unless that depends on its neighbours, as in IOB1.
 */
function labelDecoder(
  labels: readonly string[],
  set: LabelSet,
  { legal = true, temperature: usual = 1 }: DecodeOptions = {},
): TagDecoder {
  const { states } = set;
  const isAlone = new Set(states.map(({ label }) => label)).size === states.length;
  const weights = legal || !isAlone ? chainOf(set) : freeChain(states.length);
  const factors = factorsOf(weights);
  const chainAt = (logits: Float32Array, temperature: number): Chain => {
    const words = logits.length / labels.length;
    const emissions = new Float64Array(words * states.length);
    for (let word = 0, at = 0; word < words; word++) {
      for (const { label } of states) emissions[at++] = logits[word * labels.length + label] / temperature;
    }
    return { ...weights, emissions };
  };
  /** The logarithm of the probability of the paths whose states are allowed at each word. */
  const among = (chain: Chain, isAllowed: (word: number, tag: string) => boolean) => {
    const emissions = chain.emissions.map((score, i) =>
      isAllowed(Math.floor(i / states.length), states[i % states.length].tag) ? score : -Infinity
    );
    return logPartition({ ...chain, emissions }, factors) - logPartition(chain, factors);
  };
  const entityScores = (logits: Float32Array, tags: readonly string[], temperature: number) => {
    const chain = chainAt(logits, temperature);
    return Float64Array.from(entitiesOf([...tags], "strict"), ({ type, start, end }) => {
      const goesOn = `I-${type}`;
      const is = (word: number, tag: string) =>
        word < start || word > end || (word === end ? tag !== goesOn : tag === tags[word]);
      return Math.min(1, Math.exp(among(chain, is)));
    });
  };
  const surprise = (logits: Float32Array, gold: readonly string[], temperature: number) => {
    const probability = among(chainAt(logits, temperature), (word, tag) => tag === gold[word]);
    // What the scheme cannot say counts as unknown.
    return probability === -Infinity ? 0 : Math.max(0, -probability);
  };
  return {
    chain: weights,
    decode(logits) {
      checkLogits(logits, labels);
      const chain = chainAt(logits, usual);
      const tags = Array.from(viterbi(chain), (state) => states[state].tag);
      const sums = new PathSums(chain, factors);
      const probabilities = Float64Array.from(
        tags,
        (tag, word) =>
          Math.min(1, states.reduce((sum, state, i) => state.tag === tag ? sum + sums.at(word, i) : sum, 0)),
      );
      return { tags, probabilities, entityScores: entityScores(logits, tags, usual) };
    },
    loss: (logits, gold) => surprise(logits, gold, 1),
    surprise,
    entityScores,
  };
}

function chainOf({ states, starts, ends, follows }: LabelSet): ChainWeights {
  const score = (isAllowed: boolean) => isAllowed ? 0 : -Infinity;
  const numbers = states.map((_, state) => state);
  return {
    start: Float64Array.from(numbers, (state) => score(starts(state))),
    end: Float64Array.from(numbers, (state) => score(ends(state))),
    transitions: Float64Array.from(
      numbers.flatMap((before) => numbers.map((state) => score(follows(before, state)))),
    ),
  };
}

function freeChain(states: number): ChainWeights {
  return {
    start: new Float64Array(states),
    end: new Float64Array(states),
    transitions: new Float64Array(states * states),
  };
}
