/** One labelled sentence: `words[i]` carries `tags[i]`, an IOB2 tag such as `B-PER`, `I-PER` or `O`. */
export interface Sentence {
  readonly words: readonly string[];
  readonly tags: readonly string[];
}
