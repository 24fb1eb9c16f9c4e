/** One labelled sentence: `words[i]` carries `tags[i]`, an IOB2 tag such as `B-PER`, `I-PER` or `O`. */
export interface Sentence {
  /** In order, `[words]`. */
  readonly words: readonly string[];
  /** One IOB2 tag a word, `[words]`. */
  readonly tags: readonly string[];
}

/** Whether a word of the sentence carries an entity. */
export function hasMention({ tags }: Pick<Sentence, "tags">): boolean {
  return tags.some((tag) => tag !== "O");
}
