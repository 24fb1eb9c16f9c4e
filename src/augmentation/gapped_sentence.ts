import type { Sentence } from "../data/sentence.ts";
import type { Random } from "../random/random.ts";
import type { TokenSpan } from "../masking/strategy.ts";
import type { Encoded } from "../text/encoded.ts";
import { drawPiece, isWord, joins, type PieceReader } from "./pieces.ts";

/** MELM draws each piece among so many. */
const TOP_PIECES = 5;

/** A sentence and its window with markers. */
export interface MarkedSentence {
  readonly sentence: Sentence;
  readonly encoded: Encoded;
}

/**
 * A copy of a sentence in which words of names are gaps. Gaps are filled from left to right, a piece of each
 * in a round, so that the pieces of a word before it are known when a piece is drawn: pieces that are drawn
 * all at once, as MELM does, seldom make a word. A word keeps its number of pieces.
 */
export class GappedSentence {
  readonly #marked: MarkedSentence;
  readonly #gaps: readonly TokenSpan[];
  readonly #maskId: number;
  readonly #random: Random;
  readonly #ids: number[];

  constructor(
    marked: MarkedSentence,
    { gaps, maskId, random }: {
      /** Whole words. */
      readonly gaps: readonly TokenSpan[];
      readonly maskId: number;
      readonly random: Random;
    },
  ) {
    this.#marked = marked;
    this.#gaps = gaps;
    this.#maskId = maskId;
    this.#random = random;
    this.#ids = [...marked.encoded.ids];
    for (const { start, end } of gaps) this.#ids.fill(maskId, start, end);
  }

  /** Token ids with what is filled so far, `[tokens]`. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  /** The rows whose pieces are drawn in a round, from 0; none after the last one. */
  rows(round: number): number[] {
    return this.#gaps.map(({ start }) => start + round)
      .filter((row, i) => row < this.#gaps[i].end && this.#ids[row] === this.#maskId);
  }

  /**
   * Draws the piece of a row; where none makes a word, the whole word stays as it was.
   *
   * @param logits of each piece, `[vocabulary]`
   */
  fill(
    row: number,
    { logits, reader }: { readonly logits: Float32Array; readonly reader: PieceReader },
  ): void {
    const { start, end } = this.#gaps.find(({ start, end }) => start <= row && row < end)!;
    const before = this.#ids.slice(start, row);
    const accepts = (id: number) => joins(reader, before, id);
    const piece = drawPiece(logits, { k: TOP_PIECES, random: this.#random, accepts });
    if (piece !== undefined) this.#ids[row] = piece;
    else this.#ids.splice(start, end - start, ...this.#marked.encoded.ids.slice(start, end));
  }

  /**
   * The sentence with the words that are now in its gaps and the tags that it has; undefined if no word is
   * another.
   */
  sentence(reader: PieceReader): Sentence | undefined {
    const { sentence, encoded } = this.#marked;
    const words = [...sentence.words];
    for (const { start, end } of this.#gaps) {
      if (this.#ids.slice(start, end).every((id, i) => id === encoded.ids[start + i])) continue;
      const word = reader.decode(this.#ids.slice(start, end));
      if (isWord(word)) words[encoded.wordOf[start]] = word;
    }
    return words.some((word, i) => word !== sentence.words[i]) ? { words, tags: sentence.tags } : undefined;
  }
}
