import type { Random } from "../random/random.ts";
import type { Tokenizer } from "../text/tokenizer.ts";

/** What joining pieces to words takes of a tokenizer. */
export type PieceReader = Pick<Tokenizer, "encodeWord" | "decode" | "idToToken" | "specialIds">;

/**
 * Whether `id` goes on from the pieces of the beginning of a word, or begins one where there are none yet. A
 * piece that begins a word is one by itself, too; one that goes on adds something to it and no space. Special
 * tokens do neither, nor does punctuation, which is no name, and which some tokenizers join to the word
 * before it.
 */
export function joins(reader: PieceReader, before: readonly number[], id: number): boolean {
  if (reader.idToToken(id) === undefined || reader.specialIds.has(id)) return false;
  if (/^\p{P}+$/u.test(reader.decode([id]))) return false;
  if (before.length === 0) {
    const alone = reader.encodeWord(reader.decode([id]));
    return alone.length === 1 && alone[0] === id;
  }
  const word = reader.decode([...before, id]);
  return isWord(word) && word.length > reader.decode(before).length;
}

/**
 * Whether a text is one word: not empty, without white space, and nothing that pieces of characters leave
 * behind.
 */
export function isWord(text: string): boolean {
  return /^[^\s\ufffd]+$/u.test(text);
}

/**
 * Draws among the `k` most probable pieces that `accepts` takes, each by its share of their probability
 * (top-k sampling, Fan et al. 2018, arXiv:1805.04833); undefined where it takes none.
 *
 * @param logits of each piece, `[vocabulary]`
 */
export function drawPiece(
  logits: Float32Array,
  { k, random, accepts }: {
    readonly k: number;
    readonly random: Random;
    readonly accepts: (id: number) => boolean;
  },
): number | undefined {
  const top: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (top.length === k && logits[id] <= logits[top[k - 1]]) continue;
    if (!accepts(id)) continue;
    const at = top.findIndex((other) => logits[other] < logits[id]);
    top.splice(at < 0 ? top.length : at, 0, id);
    if (top.length > k) top.pop();
  }
  const weights = top.map((id) => Math.exp(logits[id] - logits[top[0]]));
  let left = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  return top.find((_, i) => (left -= weights[i]) < 0) ?? top.at(-1);
}
