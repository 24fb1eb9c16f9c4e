import { DataError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { parseTag } from "./scheme.ts";
import type { Sentence } from "./sentence.ts";

/** The classes of a tagger: which tag has which number. */
export interface TagSet {
  /** The tag of each class. */
  readonly labels: readonly string[];
  /** The class of each tag. */
  readonly indexes: ReadonlyMap<string, number>;
}

/**
 * The tag set of labelled sentences: `O` is class 0, then `B-X`, `I-X` for every type X in sorted order. Both
 * tags exist for every type, also when the data has names of one word only, so that decoding knows the whole
 * scheme. The order depends on the types alone, never on the order of the data. Build it from the whole
 * training file, before a sample is taken: a small sample may miss a type that the development file has.
 *
 * @throws {DataError} naming `file` for a tag that is not IOB2, and when no sentence has a mention: there is
 * nothing to learn.
 */
export function tagSet(
  sentences: Iterable<Sentence>,
  { file = "the training sentences" }: { readonly file?: string } = {},
): TagSet {
  const types = new Set<string>();
  for (const { tags } of sentences) {
    for (const tag of tags) {
      const parts = parseTag(tag);
      if (parts === undefined) {
        throw new DataError(
          `${file}: expected IOB2 tags (O, B-PER, I-PER), found ${
            quote(tag)
          }: parseConll() converts other schemes`,
        );
      }
      if (parts.prefix !== "O") types.add(parts.type);
    }
  }
  if (types.size === 0) {
    throw new DataError(
      `${file}: expected at least one mention (a tag such as B-PER), found only O: ` +
        "check that the last column holds the tags",
    );
  }
  return tagSetOf(["O", ...[...types].sort().flatMap((type) => [`B-${type}`, `I-${type}`])]);
}

/** The tag set whose classes are `labels` in this order, as a checkpoint's config.json lists them. */
export function tagSetOf(labels: readonly string[]): TagSet {
  return { labels, indexes: new Map(labels.map((label, i) => [label, i])) };
}

/**
 * The class of each word of a sentence, `[words]`.
 *
 * @throws {DataError} naming `file` and the tag when the tag set lacks it, as when a development file has a
 * type that the training file does not have; and for a sentence with another number of tags than words.
 */
export function tagIndexes(
  tagSet: TagSet,
  sentence: Sentence,
  { file = "the data" }: { readonly file?: string } = {},
): number[] {
  const { words, tags } = sentence;
  if (words.length !== tags.length) {
    throw new DataError(
      `${file}: expected one tag a word, found ${words.length} words and ${tags.length} tags in the sentence ` +
        quote(words.slice(0, 8).join(" ")),
    );
  }
  return tags.map((tag, i) => {
    const index = tagSet.indexes.get(tag);
    if (index === undefined) {
      throw new DataError(
        `${file}: expected tags among ${quote(tagSet.labels)}, found ${quote(tag)} at the word ${
          quote(words[i])
        }: ` +
          "a tagger knows only the types of its training data",
      );
    }
    return index;
  });
}
