/** Rows of words and tags into sentences, once their columns are known. */

import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { labelledFile } from "../labelled_file.ts";
import { FaultList } from "../fault_list.ts";
import type { LabelledFile, ReadOptions } from "../reader.ts";
import { prefixedTag, PREFIXES, recogniseScheme, type Scheme, toIob2, unprefixedTag } from "../scheme.ts";
import type { Layout } from "./layout.ts";
import { beginsDocument, beginsPlainly, beginsSentence, cellsOf, eachPlace, kindOf } from "./lines.ts";
import { CellPicker } from "./cell_picker.ts";
import { splitTags } from "./survey.ts";
import { cutMarks } from "./cut_marks.ts";
import { plainWords } from "./plain_words.ts";

/** A sentence as it stands in the file. */
interface Rows {
  words: string[];
  /** Tags with their prefixes, or what {@linkcode Layout.tagsOf} makes tags of. */
  tags: string[];
  readonly line: number;
  /** The line of each word, where they do not follow each other. */
  lines?: number[];
  readonly document: number;
  faulty: boolean;
}

/**
 * The sentences of a text in columns.
 *
 * @throws {DataError} naming file and line for faulty lines, tags of two schemes, and a text without a
 * sentence
 */
export function readRows(
  text: string,
  layout: Layout,
  options: ReadOptions & { readonly file: string },
): LabelledFile {
  const { file, skipFaulty = false } = options;
  const faults = new FaultList();
  const collected = collect(text, layout, { ...options, faults });
  if (layout.tagsOf) joinTags(collected, layout.tagsOf, { file, faults });
  const rows = faults.count > 0 ? collected.filter(({ faulty }) => !faulty) : collected;
  faults.check({ skipFaulty, faulty: collected.length - rows.length, all: collected.length });
  if (rows.length === 0) throw new DataError(`${file}: ${emptiness(text)}`);
  const seen = options.scheme ?? layout.scheme ?? recogniseScheme(rows.map(({ tags }) => tags));
  if (!seen) throw mixedSchemes(file, rows);
  const { like = seen } = options;
  const isEither = options.scheme === undefined && EITHER.has(seen) && EITHER.has(like);
  const scheme = isEither ? like : seen;
  const notes = [
    ...layout.notes ?? [],
    ...plainWords(rows),
    ...scheme === seen ? [] : [
      `the tags look like ${seen} and were read as ${scheme}, as those of the file they are compared with; the scheme ` +
      "IOB1 for both files reads them as they look",
    ],
  ];
  const sentences = rows.map(({ words, tags }) => ({
    words,
    tags: scheme === "IOB2" ? tags : toIob2(tags, scheme),
  }));
  const origins = layout.marksOnWords ? cutMarks(sentences) : undefined;
  const name = (column: number) => layout.names?.[column] ?? String(column + 1);
  return labelledFile({
    file,
    format: layout.format,
    scheme,
    columns: { word: name(layout.word), tag: name(layout.tag) },
    sentences,
    documents: rows.map(({ document }) => document),
    notes,
    faults: faults.report(collected.length - rows.length),
    cut: options.cut ?? (layout.knowsSentences ? false : undefined),
    placeOf(sentence, word) {
      const { line, lines } = rows[sentence];
      const at = origins?.[sentence][word] ?? word;
      return `${file}:${lines?.[at] ?? line + at}`;
    },
  });
}

/** Schemes that share their letters. */
const EITHER: ReadonlySet<Scheme> = new Set(["IOB1", "IOB2"]);

/** A line such as `<HEADLINE>` between sentences. */
const MARKUP = /^<\/?[A-Za-z][^<>]{0,200}>$/;

function collect(
  text: string,
  layout: Layout,
  { file, scheme, layer, faults }: ReadOptions & { readonly file: string; readonly faults: FaultList },
): Rows[] {
  const tagOf = tagReader(scheme ?? layout.scheme, layer, layout.tagsOf !== undefined);
  const oneOf = sharedTexts();
  const all: Rows[] = [];
  let open: Rows | undefined;
  let document = 0;
  let hasHeader = layout.header ?? false;
  // A document begins with the next word, so that several marks in a row are one.
  let nextDocument = false;
  const cellsIn = layout.cellsOf ?? cellsOf;
  const { tagOf: ownTag, skips, endsSentence, cellsOf: ownCells, width } = layout;
  // Nearly all lines of nearly all files: the second word of a sentence and those that follow.
  const isPlain = !ownTag && !skips && !endsSentence && !ownCells && width !== undefined;
  const picker = isPlain ? new CellPicker({ ...layout, columns: width.columns }) : undefined;
  eachPlace(text, (place) => {
    const { number } = place;
    if (open && picker && beginsPlainly(place) && picker.pick(place)) {
      const { tag } = tagOf(picker.tag);
      if (tag !== undefined) {
        push(open, picker.word, tag, number);
        return;
      }
    }
    const line = place.whole.slice(place.start, place.end);
    const kind = kindOf(line);
    if (kind === "blank" || kind === "document") {
      close();
      nextDocument ||= kind === "document" || layout.blankEndsDocument === true;
      return;
    }
    const cells = cellsIn(line);
    if (kind === "hash" && isComment(line, cells)) {
      nextDocument ||= beginsDocument(line);
      if (beginsSentence(line)) close();
      return;
    }
    if (hasHeader) {
      hasHeader = false;
      return;
    }
    if (layout.skips?.(cells)) return;
    if (!open && cells.length === 1 && MARKUP.test(cells[0])) return;
    if (nextDocument && all.length > 0) document++;
    nextDocument = false;
    if (!open) all.push(open = { words: [], tags: [], line: number, document, faulty: false });
    const wrong = add(open, cells, number);
    if (wrong !== undefined) {
      open.faulty = true;
      faults.add(`${file}:${number}`, wrong);
    }
    if (layout.endsSentence?.(cells)) close();
  });
  close();
  return all;

  /** Lists that grow have room for more; those of a sentence that is over need none. */
  function close(): void {
    if (open) [open.words, open.tags] = [open.words.slice(), open.tags.slice()];
    open = undefined;
  }

  /** `# sent_id = 3` and the like; `# O` is the word `#`, and `#Yemen O` a word that begins with it. */
  function isComment(line: string, cells: readonly string[]): boolean {
    if (layout.width === undefined) return true;
    const isRow = cells.length === layout.width.columns && (!layout.tabs || line.includes("\t"));
    if (isRow && isTag(cells)) return false;
    return /^#+\s|^#+$|=/.test(line) || beginsSentence(line);
  }

  function isTag(cells: readonly string[]): boolean {
    const written = layout.tagOf ? layout.tagOf(cells) : cells[layout.tag];
    return written !== undefined && tagOf(written).tag !== undefined;
  }

  /** Adds the word of a row; says what is wrong with the row. */
  function add(sentence: Rows, cells: readonly string[], number: number): string | undefined {
    const { width } = layout;
    const word = cells[layout.word];
    const written = layout.tagOf ? layout.tagOf(cells) : cells[layout.tag];
    if (cells.length === 1 || (word === "" && cells.length === (width?.columns ?? cells.length))) {
      return incomplete(cells);
    }
    if (width !== undefined && cells.length !== width.columns) {
      return `expected ${width.columns} columns, as on line ${width.line}, found ${cells.length}: ` +
        "where words hold spaces or cells are empty, put tabs between the columns";
    }
    if (word === undefined || written === undefined) return incomplete(cells);
    const { tag, wrong } = tagOf(written);
    if (tag === undefined) return wrong;
    push(sentence, word, tag, number);
  }

  function push(sentence: Rows, word: string, tag: string, number: number): void {
    const at = sentence.words.length;
    if (!sentence.lines && number !== sentence.line + at) {
      sentence.lines = Array.from(sentence.words, (_, i) => sentence.line + i);
    }
    sentence.lines?.push(number);
    sentence.words.push(oneOf(word));
    sentence.tags.push(tag);
  }
}

function incomplete(cells: readonly string[]): string {
  const only = cells.findLast((cell) => cell !== "") ?? "";
  return "expected a word and its tag separated by a space or a tab, " +
    (prefixedTag(only)
      ? `found only the tag ${quote(only)}: put its word in the first column`
      : `found only ${quote(only)}: put its tag in the last column (O outside of mentions)`);
}

/** A tag with its prefix, or what is wrong with what is written. */
type ReadTag = { readonly tag: string; readonly wrong?: undefined } | {
  readonly tag?: undefined;
  readonly wrong: string;
};

/** Reads the cells of tags; there are few different ones, so each is looked at once. */
function tagReader(
  scheme: Scheme | undefined,
  layer: number | undefined,
  raw: boolean,
): (written: string) => ReadTag {
  const known = new Map<string, ReadTag>();
  return (written) => {
    let read = known.get(written);
    if (read === undefined) {
      known.set(written, read = raw ? { tag: written } : readTag(written, scheme, layer));
    }
    return read;
  };
}

function readTag(cell: string, scheme: Scheme | undefined, layer: number | undefined): ReadTag {
  const pieces = splitTags(cell);
  if (pieces.length > 1 && layer === undefined && scheme !== "IO") {
    return {
      wrong: `expected one tag, found ${quote(cell)}: say with the layer which is read, 1 for the first`,
    };
  }
  const written = pieces[Math.min(layer ?? 1, pieces.length) - 1];
  if (scheme === "IO") {
    if (written === "" || written === "_" || written === "-") {
      return { wrong: `expected a type or O, found ${quote(written)}` };
    }
    return { tag: unprefixedTag(written) };
  }
  const tag = prefixedTag(written);
  if (tag === undefined) {
    return {
      wrong: `expected a tag such as O, B-PER or I-PER, found ${quote(written)}: ` +
        "write the tags as IOB1, IOB2, IOE1, IOE2, BIOES, BILOU or BMES, or say that they are IO, types without prefix",
    };
  }
  if (scheme !== undefined && tag !== "O" && !PREFIXES[scheme].includes(tag[0])) {
    return {
      wrong: `expected a tag of the scheme ${scheme}, found ${
        quote(written)
      }: write all files of a data set in one scheme`,
    };
  }
  return { tag };
}

/** Places for words that were seen, a power of two. */
const SHARED = 2 ** 13;

/**
 * Gives one text for most words that are alike, in place of a new one for each: every word has a place by its
 * length and three of its letters, where the last word with that place stands. A map of all words would take
 * longer than the reading.
 */
function sharedTexts(): (word: string) => string {
  const known = new Array<string>(SHARED).fill("");
  return (word) => {
    const { length } = word;
    const middle = word.charCodeAt(length >> 1);
    const place =
      (Math.imul(word.charCodeAt(0), 31) + middle * 961 + word.charCodeAt(length - 1) * 7 + length * 131) &
      (SHARED - 1);
    const same = known[place];
    if (same === word) return same;
    return known[place] = word;
  };
}

/** Makes tags of notations that only a whole sentence explains. */
function joinTags(
  rows: readonly Rows[],
  tagsOf: NonNullable<Layout["tagsOf"]>,
  { file, faults }: { file: string; faults: FaultList },
): void {
  for (const row of rows) {
    const tags = tagsOf(row.tags);
    if (typeof tags === "string") {
      row.faulty = true;
      faults.add(`${file}:${row.line}`, tags);
    } else row.tags = tags;
  }
}

function emptiness(text: string): string {
  return text === ""
    ? "expected sentences of one word and tag a line, found an empty file: check the path"
    : "expected sentences of one word and tag a line, found only blank lines, comments and -DOCSTART- lines: check the path";
}

function mixedSchemes(file: string, rows: readonly Rows[]): DataError {
  const firstUse = new Map<string, number>();
  for (const { tags, line, lines } of rows) {
    for (const [i, tag] of tags.entries()) {
      if (tag !== "O" && !firstUse.has(tag[0])) firstUse.set(tag[0], lines?.[i] ?? line + i);
    }
  }
  const uses = [...firstUse].map(([prefix, line]) => `${prefix}- (line ${line})`).join(", ");
  return new DataError(
    `${file}: expected the tags of one scheme, found ${uses}, which no scheme has together: ` +
      "rewrite the file in one of them",
  );
}
