/** Texts whose mentions are offsets, into sentences whose mentions are tags. */

import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { splitSentences, splitWords } from "../../text/words.ts";
import type { SpanChanges } from "../reading.ts";
import type { Sentence } from "../sentence.ts";
import { type Span, toUtf16, type Unit } from "./units.ts";

/** A text with its mentions. */
export interface AnnotatedText {
  readonly text: string;
  readonly spans: readonly Span[];
  /** Where its words stand, in the same unit, if the tool has cut it into words. */
  readonly words?: readonly (readonly [start: number, end: number])[];
  /** Where it stands, for messages. */
  readonly place: string;
}

/** Sentences of annotated texts. */
export interface TextSentences {
  readonly sentences: Sentence[];
  /** The number of the text of each sentence, `[sentences]`. */
  readonly documents: number[];
  readonly spans: SpanChanges | undefined;
}

/** Words of a text: where they begin and end, in UTF-16 units. */
interface Words {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A mention in words, the end exclusive. */
interface InWords {
  readonly from: number;
  readonly to: number;
}

/** A mention of a text in its words. */
interface WordSpan extends InWords {
  readonly span: Span;
  readonly widened: boolean;
}

/** Collects what became of spans that do not fit. */
export class Changes {
  readonly #list: string[] = [];
  readonly #counts = { widened: 0, split: 0, nested: 0, dropped: 0, differing: 0 };

  /** `what` names the mention; `more` says what was done. */
  add(kind: keyof Omit<SpanChanges, "list">, what: string, more = ""): void {
    this.#counts[kind]++;
    this.#list.push(`${what} ${kind}${more}`);
  }

  /** Undefined where there were none. */
  result(): SpanChanges | undefined {
    return this.#list.length === 0 ? undefined : { ...this.#counts, list: this.#list };
  }
}

/**
 * Cuts texts into sentences and words and gives each word the tag of its mention. A mention that ends inside
 * of a word has the whole word; of mentions that overlap the longest is taken, or with `layer` 2 the longest
 * of the others; no sentence ends inside of a mention.
 *
 * @throws {DataError} where most mentions stand at another text than the file says
 */
export function sentencesOf(
  texts: readonly AnnotatedText[],
  { unit, layer = 1 }: { readonly unit: Unit; readonly layer?: number },
): TextSentences {
  const changes = new Changes();
  const sentences: Sentence[] = [];
  const documents: number[] = [];
  checkTexts(texts, { unit, changes });
  for (const [document, annotated] of texts.entries()) {
    const { text } = annotated;
    const at = toUtf16(text, unit);
    const borders = splitSentences(text).map(({ start }) => start);
    const words = wordsOf(annotated, at);
    const tags = new Array<string>(words.starts.length).fill("O");
    for (const { from, to, span } of mentionsOf(annotated, { at, words, layer, changes })) {
      for (let word = from; word < to; word++) tags[word] = `${word === from ? "B" : "I"}-${span.type}`;
    }
    let border = 1;
    let open: { words: string[]; tags: string[] } | undefined;
    for (const [i, start] of words.starts.entries()) {
      let ends = false;
      while (border < borders.length && borders[border] <= start) {
        ends = true;
        border++;
      }
      if (ends && tags[i][0] !== "I" || !open) {
        sentences.push(open = { words: [], tags: [] });
        documents.push(document);
      }
      open.words.push(text.slice(start, words.ends[i]));
      open.tags.push(tags[i]);
    }
  }
  return { sentences, documents, spans: changes.result() };
}

/** Compares the text of each mention with what the file says that it is, white space apart. */
function checkTexts(
  texts: readonly AnnotatedText[],
  { unit, changes }: { readonly unit: Unit; readonly changes: Changes },
): void {
  const differing: [annotated: AnnotatedText, span: Span, found: string][] = [];
  let compared = 0;
  for (const annotated of texts) {
    const at = toUtf16(annotated.text, unit);
    for (const span of annotated.spans) {
      if (span.text === undefined) continue;
      compared++;
      const found = joinedPieces(annotated.text, span, at)
        .map(([start, end]) => annotated.text.slice(start, end)).join("");
      if (letters(found) !== letters(span.text)) differing.push([annotated, span, found]);
    }
  }
  if (differing.length > compared / 2) {
    const [annotated, { start, end, text }, found] = differing[0];
    throw new DataError(
      `${annotated.place}: expected the mention ${quote(text)} at ${start}-${end}, found ${
        quote(found)
      } there ` +
        `(${differing.length} of ${compared} mentions differ): the text was changed after it was annotated`,
    );
  }
  for (const [annotated, span, found] of differing) {
    changes.add("differing", named(annotated, span), ` from the text there, ${quote(found)}`);
  }
}

function letters(text: string): string {
  return text.normalize("NFC").replace(/\s+/gu, "");
}

function wordsOf({ text, words }: AnnotatedText, at: (offset: number) => number): Words {
  const given = words?.map(([start, end]) => [at(start), at(end)])
    .filter(([start, end]) => end > start && text.slice(start, end).trim() !== "");
  const usable = given !== undefined && given.length > 0 &&
    given.every(([start], i) => i === 0 || start >= given[i - 1][1]);
  const found = usable ? given : splitWords(text).map(({ start, end }) => [start, end]);
  return { starts: found.map(([start]) => start), ends: found.map(([, end]) => end) };
}

/** A mention for the list of changes. */
function named({ place, text }: AnnotatedText, span: Span): string {
  const said = span.text ?? text.slice(span.start, span.end);
  return `${place}: ${quote(span.type)} ${span.start}-${span.end} ${quote(said)}`;
}

/** The mentions of one layer, which do not overlap. */
function mentionsOf(
  annotated: AnnotatedText,
  { at, words, layer, changes }: {
    at: (offset: number) => number;
    words: Words;
    layer: number;
    changes: Changes;
  },
): WordSpan[] {
  const found: WordSpan[] = [];
  const seen = new Set<string>();
  for (const whole of annotated.spans) {
    const pieces = joinedPieces(annotated.text, whole, at);
    if (pieces.length > 1) changes.add("split", named(annotated, whole), ` into ${pieces.length}`);
    for (const [start, end] of pieces) {
      const inWords = inWordsOf(start, end, words);
      if (inWords === undefined) {
        changes.add("dropped", named(annotated, whole), ": no word of the text");
        continue;
      }
      const key = `${inWords.from} ${inWords.to} ${whole.type}`;
      // Two people, or the same twice, said the same.
      if (seen.has(key)) continue;
      seen.add(key);
      found.push({ ...inWords, span: whole });
    }
  }
  const [taken, rest] = layerOf(found, words.starts.length, layer);
  for (const { from, to, span, widened } of taken) {
    if (!widened) continue;
    const text = annotated.text.slice(words.starts[from], words.ends[to - 1]);
    changes.add("widened", named(annotated, span), ` to ${quote(text)}`);
  }
  for (const { span } of rest) changes.add("nested", named(annotated, span), " in a longer one, left out");
  return taken;
}

/** The pieces of a mention in UTF-16 units; those with nothing but white space between them are one. */
function joinedPieces(
  text: string,
  { start, end, pieces = [[start, end]] }: Span,
  at: (offset: number) => number,
): [number, number][] {
  const joined: [number, number][] = [];
  for (const [start, end] of pieces) {
    const [from, to] = [at(start), at(end)];
    const last = joined.at(-1);
    if (last && from >= last[1] && text.slice(last[1], from).trim() === "") last[1] = to;
    else joined.push([from, to]);
  }
  return joined;
}

/** The words that a span covers or touches; undefined where there is none. */
function inWordsOf(start: number, end: number, { starts, ends }: Words): Omit<WordSpan, "span"> | undefined {
  if (!(end > start)) return undefined;
  const from = firstAbove(ends, start);
  const to = firstAbove(starts, end - 1);
  if (from >= to) return undefined;
  // White space at its edges is no part of a mention.
  return { from, to, widened: starts[from] < start || ends[to - 1] > end };
}

/** The first index whose value is above `value`, by halving. */
function firstAbove(values: readonly number[], value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The spans of a layer, the longest of those that no layer before has, and those that are left. */
function layerOf<S extends InWords>(
  spans: readonly S[],
  words: number,
  layer: number,
): [taken: S[], rest: S[]] {
  let rest = [...spans].sort((a, b) => (b.to - b.from) - (a.to - a.from) || a.from - b.from);
  let taken: S[] = [];
  for (let l = 1; l <= layer; l++) {
    [taken, rest] = withoutOverlap(rest, words);
    if (taken.length === 0) break;
  }
  return [taken, rest];
}

/** The tags of words whose mentions are given as words. */
export function tagsOfSpans(
  words: readonly string[],
  spans: readonly (InWords & { readonly type: string })[],
  { place, layer, changes }: { readonly place: string; readonly layer: number; readonly changes: Changes },
): string[] {
  const named = ({ from, to, type }: typeof spans[number]) =>
    `${place}: ${quote(type)} ${from}-${to} ${quote(words.slice(from, to).join(" "))}`;
  const usable = spans.filter((span) => {
    const inside = span.from >= 0 && span.to > span.from && span.to <= words.length;
    if (!inside) changes.add("dropped", named(span), ": no word of the text");
    return inside;
  });
  const different = new Map(usable.map((span) => [`${span.from} ${span.to} ${span.type}`, span]));
  const [taken, rest] = layerOf([...different.values()], words.length, layer);
  for (const span of rest) changes.add("nested", named(span), " in a longer one, left out");
  const tags = new Array<string>(words.length).fill("O");
  for (const { from, to, type } of taken) {
    for (let word = from; word < to; word++) tags[word] = `${word === from ? "B" : "I"}-${type}`;
  }
  return tags;
}

function withoutOverlap<S extends InWords>(spans: readonly S[], words: number): [taken: S[], rest: S[]] {
  const used = new Uint8Array(words);
  const [taken, rest]: [S[], S[]] = [[], []];
  for (const span of spans) {
    // The spans come with the longest first, so one that overlaps has an end in use.
    if (used[span.from] || used[span.to - 1]) rest.push(span);
    else {
      used.fill(1, span.from, span.to);
      taken.push(span);
    }
  }
  return [taken, rest];
}
