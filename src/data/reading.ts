import type { Scheme } from "./scheme.ts";
import type { Sentence } from "./sentence.ts";

/** What was read from a file of labelled sentences: what a person checks before believing any score. */
export interface Reading {
  /** Its path. */
  readonly file: string;
  /** What people call the format. */
  readonly format: string;
  /** The scheme of its tags; undefined where mentions are offsets. */
  readonly scheme?: Scheme;
  /** The columns of words and of tags, as the header or their numbers name them. */
  readonly columns?: { readonly word: string; readonly tag: string };
  /** Sentences that are used. */
  readonly sentences: number;
  /** Their words. */
  readonly words: number;
  /** Mentions by type, the most frequent first. */
  readonly mentions: Readonly<Record<string, number>>;
  /** `I-` tags that continue no mention of their type. */
  readonly strayInside: number;
  /** Words of the longest sentence. */
  readonly longest: number;
  /** Sentences whose words stand in the file before. */
  readonly repeated: number;
  /** What was done to the words or had to be guessed, in sentences. */
  readonly notes: readonly string[];
  /** What the format does not allow. */
  readonly faults: Faults;
  /** What became of mentions that are offsets into a text; undefined where none had to change. */
  readonly spans?: SpanChanges;
  /** Texts that several people have annotated; undefined where there are none. */
  readonly annotators?: AnnotatorAgreement;
}

/** Mentions that do not fit to words, counted and listed. */
export interface SpanChanges {
  /** Those that began or ended inside of a word and have the whole word now. */
  readonly widened: number;
  /** Those of several pieces that are mentions of their own now. */
  readonly split: number;
  /** Those that overlap with longer ones and were left out. */
  readonly nested: number;
  /** Those without a word in the text. */
  readonly dropped: number;
  /** Those whose place holds another text than the file says; they are read where their offsets are. */
  readonly differing: number;
  /** All of them, each with its place and what was done. */
  readonly list: readonly string[];
}

/** How much those agree who have annotated the same texts. */
export interface AnnotatorAgreement {
  /** Texts with annotations of several people. */
  readonly texts: number;
  /** F1 of the spans of one against another, a mean over all pairs of their annotations, from 0 to 1. */
  readonly f1: number;
}

/** Lines or records that the format does not allow. */
export interface Faults {
  /** All of them. */
  readonly count: number;
  /** The first ten, each with its place. */
  readonly first: readonly string[];
  /** Sentences that were left out for them. */
  readonly skipped: number;
}

/** Counts what was read. */
export function summarise(
  sentences: readonly Sentence[],
  about: Pick<
    Reading,
    "file" | "format" | "scheme" | "columns" | "notes" | "faults" | "spans" | "annotators"
  >,
): Reading {
  const mentions = new Map<string, number>();
  const seen = new Set<number>();
  let [words, strayInside, longest, repeated] = [0, 0, 0, 0];
  for (const sentence of sentences) {
    words += sentence.words.length;
    longest = Math.max(longest, sentence.words.length);
    const key = keyOf(sentence.words);
    if (seen.has(key)) repeated++;
    seen.add(key);
    let previous = "O";
    for (const tag of sentence.tags) {
      if (tag === "O") {
        previous = tag;
        continue;
      }
      // Every B- begins a mention, whatever follows.
      if (tag[0] === "B") mentions.set(tag.slice(2), (mentions.get(tag.slice(2)) ?? 0) + 1);
      else if (tag.slice(1) !== previous.slice(1)) strayInside++;
      previous = tag;
    }
  }
  const sorted = [...mentions].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const { file, format, scheme, columns, notes, faults, spans, annotators } = about;
  return {
    file,
    format,
    ...scheme && { scheme },
    ...columns && { columns },
    sentences: sentences.length,
    words,
    mentions: Object.fromEntries(sorted),
    strayInside,
    longest,
    repeated,
    notes,
    faults,
    ...spans && { spans },
    ...annotators && { annotators },
  };
}

/** A number of 52 bits for the words of a sentence: a set of them needs less memory than one of texts. */
function keyOf(words: readonly string[]): number {
  let [low, high] = [1, 2];
  for (const word of words) {
    for (let i = 0; i < word.length; i++) {
      const unit = word.charCodeAt(i);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high ^ unit, 0x85ebca6b) ^ high >>> 13;
    }
    low = Math.imul(low ^ 0x0a, 0x01000193);
    high = Math.imul(high, 0xc2b2ae35);
  }
  return (high & 0xfffff) * 2 ** 32 + (low >>> 0);
}
