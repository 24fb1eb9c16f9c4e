/** Data sets of words: GLiNER's, and those of Hugging Face as JSON. */

import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { isJsonObject } from "../../json/strict_json.ts";
import { message, setting } from "../../message.ts";
import type { FaultList } from "../fault_list.ts";
import type { ReadOptions } from "../reader.ts";
import { prefixedTag, recogniseScheme, type Scheme, toIob2, unprefixedTag } from "../scheme.ts";
import type { Sentence } from "../sentence.ts";
import { Changes, tagsOfSpans } from "./annotated_text.ts";
import type { JsonRecord } from "./records.ts";
import { plainType } from "./text_formats.ts";

/** Sentences of words, and where each stands. */
export interface ReadWords {
  readonly sentences: Sentence[];
  readonly places: string[];
  readonly scheme?: Scheme;
  readonly changes?: Changes;
  readonly notes: readonly string[];
}

type Asked = Pick<ReadOptions, "tagColumn" | "wordColumn" | "labels" | "layer" | "scheme"> & {
  readonly file: string;
  readonly faults: FaultList;
};

/** Whether a value is a list of words. */
export function areWords(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((word) => typeof word === "string");
}

/** Whether a record is one of GLiNER's. */
export function isGliner(record: unknown): boolean {
  return isJsonObject(record) && Array.isArray(record.tokenized_text) && Array.isArray(record.ner);
}

/** GLiNER's: `ner` has the first and the last word of each mention, in any order, and they may overlap. */
export function readGliner(records: readonly JsonRecord[], { faults, layer = 1 }: Asked): ReadWords {
  const sentences: Sentence[] = [];
  const places: string[] = [];
  const changes = new Changes();
  for (const { value, place } of records) {
    const { tokenized_text: words, ner = [] } = isJsonObject(value) ? value : {};
    const isSpan = (item: unknown): item is [number, number, string] =>
      Array.isArray(item) && Number.isInteger(item[0]) && Number.isInteger(item[1]) &&
      typeof item[2] === "string" &&
      item[2] !== "";
    if (!areWords(words) || !Array.isArray(ner) || !ner.every(isSpan)) {
      faults.add(place, `expected tokenized_text and ner [[first, last, type]], found ${quote(value)}`);
      continue;
    }
    const spans = ner.map(([first, last, type]) => ({ from: first, to: last + 1, type: plainType(type) }));
    add({ sentences, places }, words, tagsOfSpans(words, spans, { place, layer, changes }), place);
  }
  return { sentences, places, changes, notes: [] };
}

/** Adds a sentence that has words; empty words, which no file in columns could hold, stay out. */
function add(
  to: { sentences: Sentence[]; places: string[] },
  words: readonly string[],
  tags: string[],
  place: string,
) {
  if (words.length === 0) return;
  to.sentences.push({ words, tags });
  to.places.push(place);
}

/** What fields of words and of tags are called, the most usual first. */
const WORDS = ["tokens", "words", "sentence", "text"];
const TAGS = ["ner_tags", "tags", "labels", "ner", "ner_tag", "entities", "entity_tags"];

/** All these names. */
export const FIELD_NAMES: ReadonlySet<string> = new Set([...WORDS, ...TAGS]);

/** The fields of words and tags of a row; undefined where it has none. */
export function fieldsOf(
  record: Readonly<Record<string, unknown>>,
  { wordColumn, tagColumn }: Pick<Asked, "wordColumn" | "tagColumn">,
): { readonly words: string; readonly tags: string } | undefined {
  const isList = (name: string) => Array.isArray(record[name]);
  const words = wordColumn ?? WORDS.find((name) => isList(name) && areWords(record[name]));
  const tags = tagColumn ?? TAGS.find((name) => name !== words && isList(name));
  return words === undefined || tags === undefined || !isList(words) || !isList(tags)
    ? undefined
    : { words, tags };
}

/** Whether a record is a row of a data set of Hugging Face. */
export function isDatasetRow(record: unknown): boolean {
  return isJsonObject(record) && fieldsOf(record, {}) !== undefined;
}

/**
 * Rows of words and of tags, which are names or numbers.
 *
 * @param options `labels` are the names of numbers
 * @throws {DataError} for numbers without names
 */
export function readRowsOfWords(
  rows: Iterable<{ readonly words: unknown; readonly tags: unknown; readonly place: string }>,
  { labels, faults, file, scheme: told }: Asked,
): ReadWords {
  const words: (readonly string[])[] = [];
  const written: string[][] = [];
  const places: string[] = [];
  const names = new Map<unknown, string>(labels?.flatMap((name, i) => [[i, name], [BigInt(i), name]]));
  for (const row of rows) {
    if (!areWords(row.words) || !Array.isArray(row.tags) || row.words.length !== row.tags.length) {
      faults.add(
        row.place,
        `expected a list of words and one of as many tags, found ${quote([row.words, row.tags])}`,
      );
      continue;
    }
    const isNumber = (tag: unknown) => typeof tag === "number" || typeof tag === "bigint";
    if (labels === undefined && row.tags.some(isNumber)) {
      throw new DataError(
        message`${row.place}: expected names of tags, found the number ${quote(row.tags.find(isNumber))}: ${
          setting("labels")
        } says what the numbers mean, in order: O,B-PER,I-PER`,
      );
    }
    const tags = row.tags.map((tag) => typeof tag === "string" ? tag : names.get(tag));
    const unknown = tags.findIndex((tag) => tag === undefined);
    if (unknown >= 0) {
      faults.add(
        row.place,
        `expected a tag or a number below ${labels?.length ?? 0}, found ${quote(row.tags[unknown])}`,
      );
      continue;
    }
    if (tags.length === 0) continue;
    words.push(row.words);
    written.push(tags as string[]);
    places.push(row.place);
  }
  return { ...tagged(words, written, { places, told, faults, file }), notes: [] };
}

/** Sentences from tags as they are written, in the scheme that they show. */
function tagged(
  words: readonly (readonly string[])[],
  written: readonly string[][],
  { places, told, faults, file }: {
    places: string[];
    told: Scheme | undefined;
    faults: FaultList;
    file: string;
  },
): Pick<ReadWords, "sentences" | "places" | "scheme"> {
  const different = new Set(written.flat());
  const prefixed = [...different].filter((tag) => tag !== "O" && prefixedTag(tag));
  const io = told === "IO" || told === undefined && prefixed.length === 0 && different.size > 1;
  const rows: { words: readonly string[]; tags: string[]; place: string }[] = [];
  for (const [i, row] of written.entries()) {
    const tags = row.map((tag) => io ? unprefixedTag(tag) : prefixedTag(tag));
    const wrong = tags.indexOf(undefined);
    if (wrong >= 0) {
      faults.add(places[i], `expected a tag such as O, B-PER or I-PER, found ${quote(row[wrong])}`);
    } else rows.push({ words: words[i], tags: tags as string[], place: places[i] });
  }
  const scheme = told ?? (io ? "IO" : recogniseScheme(rows.map(({ tags }) => tags)));
  if (scheme === undefined) {
    throw new DataError(
      `${file}: expected the tags of one scheme, found letters of several: rewrite them in one`,
    );
  }
  return {
    sentences: rows.map(({ words, tags }) => ({ words, tags: toIob2(tags, scheme) })),
    places: rows.map(({ place }) => place),
    scheme,
  };
}
