/**
 * A sentence, or one window of a long sentence, as the model sees it.
 *
 * All token positions are rows of this window alone; word numbers count in the whole sentence, so that the
 * logits of overlapping windows can be merged.
 */
export interface Encoded {
  /** Token ids with the special tokens of the model around them, `[tokens]`. */
  readonly ids: readonly number[];
  /**
   * For each token the number of the word (in the sentence) it belongs to, or -1 for a special token,
   * `[tokens]`.
   */
  readonly wordOf: readonly number[];
  /** The row of the first subword of each word of this window, in word order, `[words]`. */
  readonly labelRows: readonly number[];
  /** The words of this window, as they were given, `[words]`. */
  readonly words: readonly string[];
  /**
   * The number of this window's first word in the sentence; `labelRows[i]` is the row of word `firstWord +
   * i`.
   */
  readonly firstWord: number;
}
