/** Finds the column of the words and the column of the tags. */

import { DataError } from "../../errors.ts";
import { listed, quote } from "../../json/quote.ts";
import { message, setting } from "../../message.ts";
import type { ReadOptions } from "../reader.ts";
import type { Scheme } from "../scheme.ts";
import { agreement } from "./agreement.ts";
import {
  areNumbers,
  type Column,
  holdsTags,
  holdsTypes,
  legalShare,
  type Survey,
  survey,
  typesOf,
} from "./survey.ts";

/** Which cells of a row are its word and its tag, and what else a row means. */
export interface Layout {
  /** What people call it. */
  readonly format: string;
  /** Indexes from 0. */
  readonly word: number;
  readonly tag: number;
  /** Columns that every row has, and a line that has them; undefined where rows differ. */
  readonly width?: { readonly columns: number; readonly line: number };
  /** Columns by their names, where the file has a header. */
  readonly names?: readonly string[];
  /** Whether tabs stand between the columns, so that a line without one is no row. */
  readonly tabs?: boolean;
  /** Whether marks stay on the words, as Label Studio leaves them, and have to be cut off. */
  readonly marksOnWords?: boolean;
  /** Whether the first row is a header. */
  readonly header?: boolean;
  /** The scheme, where the columns say it. */
  readonly scheme?: Scheme;
  /** What to tell of how the columns were found. */
  readonly notes?: readonly string[];
  /** The written tag of a row, where it is not the cell itself; undefined refuses the row. */
  tagOf?(cells: readonly string[]): string | undefined;
  /** All tags of a sentence from what stands in their column; a text says what is wrong. */
  tagsOf?(cells: readonly string[]): string[] | string;
  /**
   * The cells of a line, where they are not those of {@linkcode cellsOf}: empty ones at the end count, too.
   */
  cellsOf?(line: string): string[];
  /** Whether the file itself says where sentences end, so that none is a whole document. */
  readonly knowsSentences?: boolean;
  /** Rows that hold no word. */
  skips?(cells: readonly string[]): boolean;
  /** Rows that are the last of their sentence. */
  endsSentence?(cells: readonly string[]): boolean;
  /** Whether blank lines stand between documents. */
  readonly blankEndsDocument?: boolean;
}

/**
 * Types of columns that stand beside names in well-known corpora: chunks of CoNLL-2000 to 2003, clauses of
 * LST20.
 */
const CHUNKS = new Set(
  "NP VP PP ADVP ADJP SBAR PRT CONJP INTJ LST UCP NC VC PC CLS".split(" "),
);
/** Whether columns are those of Label Studio: a word, -X-, _ and its tag. */
function isLabelStudio({ columns }: Survey): boolean {
  const holds = (column: number, cell: string) =>
    columns[column].cells?.size === 1 && columns[column].cells.has(cell);
  return columns.length === 4 && holds(1, "-X-") && holds(2, "_");
}

/** What the header calls the words. */
const WORD_NAMES = /^(?:tokens?|words?|forms?|text|char(?:acter)?s?|wortform)$/i;
/** What it calls the tags. */
const TAG_NAMES =
  /^(?:(?:.*:)?(?:ner|ne|named_?entit(?:y|ies)|entity)(?:[-_ ]?tags?)?|tags?|labels?|bio|iob2?|NE-COARSE-LIT)$/i;

/** What a caller knows before the columns are looked at. */
type Asked = Pick<ReadOptions, "wordColumn" | "tagColumn" | "layer" | "scheme" | "predicted">;

/**
 * The columns of a text, by their content.
 *
 * @throws {DataError} where several columns could be the tags and nothing tells which, or a column that was
 * asked for is not there
 */
export function findLayout(text: string, file: string, options: Asked): Layout {
  const seen = survey(text);
  const { columns, width, widthLine } = seen;
  if (width === 0) return { format: "CoNLL", word: 0, tag: 1 };
  const names = headerOf(seen);
  const asked = (what: "wordColumn" | "tagColumn") => {
    const given = options[what];
    if (given === undefined) return undefined;
    return columnCalled(given, { names: names ?? globalColumns(text), width, what, file });
  };
  const layout = {
    width: { columns: width, line: widthLine },
    names,
    header: names !== undefined,
    tabs: seen.tabs,
    marksOnWords: isLabelStudio(seen),
  };
  const tags = findTags(text, seen, { ...options, file, asked: asked("tagColumn"), names });
  const word = asked("wordColumn") ?? findWords(columns, tags.tag, { names, file });
  return { ...layout, word, ...tags, format: dialect(seen, { word, ...tags }) };
}

/** What the columns of a file are called, where its first row says so. */
function headerOf({ first, columns, rows }: Survey): readonly string[] | undefined {
  if (rows < 2 || first.length < 2) return undefined;
  const word = first.findIndex((name) => WORD_NAMES.test(name));
  if (word < 0 || !first.some((name, i) => i !== word && TAG_NAMES.test(name))) return undefined;
  // The word "word" with the tag "tag" would stand in a file of such tags.
  const again = first.every((name, i) => (columns[i]?.cells?.get(name) ?? 1) > 1);
  return again ? undefined : first;
}

/** The names in `# global.columns`, the header of CoNLL-U Plus. */
export function globalColumns(text: string): readonly string[] | undefined {
  return /^\ufeff?#\s*global\.columns\s*=\s*(.*)$/m.exec(text.slice(0, 4096))?.[1].trim().split(/\s+/);
}

/** The index of a column that somebody names. */
function columnCalled(
  given: string,
  { names, width, what, file }: {
    names: readonly string[] | undefined;
    width: number;
    what: "wordColumn" | "tagColumn";
    file: string;
  },
): number {
  const number = /^\d+$/.test(given) ? Number(given) : undefined;
  if (number !== undefined && number >= 1 && number <= width) return number - 1;
  const named = names?.findIndex((name) => name.toLowerCase() === given.toLowerCase()) ?? -1;
  if (named >= 0) return named;
  const known = names === undefined ? "" : ` or one of ${listed(names.map((name) => quote(name)), 5)}`;
  throw new DataError(
    message`${file}: expected ${setting(what)} to be a number from 1 to ${width}${known}, found ${
      quote(given)
    }`,
  );
}

interface Search extends Asked {
  readonly file: string;
  readonly asked: number | undefined;
  readonly names: readonly string[] | undefined;
}

/** The column of the tags, and what its choice says. */
type TagColumn = Pick<Layout, "tag" | "scheme" | "notes"> & { readonly kind?: string };

function findTags(text: string, { columns, first }: Survey, search: Search): TagColumn {
  const { asked, names, file, layer } = search;
  const schemeOf = (tag: number): Pick<Layout, "scheme"> =>
    search.scheme === undefined && !holdsTags(columns[tag]) && holdsTypes(columns[tag])
      ? { scheme: "IO" }
      : {};
  if (asked !== undefined) return { tag: asked, ...schemeOf(asked) };
  // A column of words may hold nothing but tags by chance in a tiny file only.
  const legal = columns.map((column, i) => holdsTags(column) ? i : -1).filter((i) => i >= 0);
  const named = legal.filter((i) => names !== undefined && TAG_NAMES.test(names[i]));
  if (named.length === 1 && layer === undefined) return { tag: named[0] };
  const found = withoutChunks(columns, legal);
  if (found.length > 1) return chooseTags(text, found, columns, search);
  if (found.length === 1) return { tag: found[0] };
  const types = columns.map((column, i) => i > 0 && holdsTypes(column) ? i : -1).filter((i) => i >= 0);
  if (types.length === 1) return { tag: types[0], ...schemeOf(types[0]) };
  if (types.length > 1) throw ambiguous(types, file, columns.length);
  // No column of tags: the one with most of them, else the last, whose faults are then shown.
  const best = columns.reduce(
    (best, column, i) => legalShare(column) > legalShare(columns[best]) ? i : best,
    0,
  );
  return {
    tag: legalShare(columns[best]) > 0.3 ? best : Math.max(0, Math.min(columns.length, first.length) - 1),
  };
}

/** Columns that hold names: not chunks, and not O alone beside others that hold more. */
function withoutChunks(columns: readonly Column[], legal: readonly number[]): number[] {
  if (legal.length < 2) return [...legal];
  const names = legal.filter((i) => {
    const types = typesOf(columns[i]);
    return types.size > 0 && ![...types].every((type) => CHUNKS.has(type));
  });
  if (names.length > 0) return names;
  const chunks = legal.filter((i) => typesOf(columns[i]).size > 0);
  return chunks.length > 0 ? chunks : [legal.at(-1)!];
}

/** One of several columns of tags. */
function chooseTags(
  text: string,
  found: readonly number[],
  columns: readonly Column[],
  { layer, file, predicted }: Search,
): TagColumn {
  if (layer !== undefined) {
    if (layer <= found.length) return { tag: found[layer - 1], notes: [others(found, found[layer - 1])] };
    throw new DataError(
      message`${file}: expected ${
        setting("layer")
      } to be from 1 to ${found.length}, the columns of tags, found ${layer}`,
    );
  }
  // Universal NER and GermEval: number, word, tag, second layer. What follows is another annotation.
  if (areNumbers(columns[0]) && found[0] === 2) return { tag: 2, notes: [others(found, 2)] };
  const [a, b] = found;
  const pair = agreement(text, a, b);
  const types = [typesOf(columns[a]), typesOf(columns[b])];
  const shared = types[0].intersection(types[1]).size;
  const alike = pair.both > 0 && pair.same >= 0.4 * Math.max(pair.first, pair.second);
  if (found.length === 2 && alike && shared >= 0.5 * types[1].size && b === columns.length - 1) {
    const tag = predicted ? b : a;
    return {
      tag,
      kind: "word, gold, predicted",
      notes: [
        `columns ${a + 1} and ${b + 1} are taken for gold and predicted tags; column ${tag + 1} was read`,
      ],
    };
  }
  const nested = found.every((column, i) => i === 0 || column === found[i - 1] + 1) && a === 1 &&
    pair.second < pair.first && pair.both >= 0.98 * pair.second && shared >= 0.5 * types[1].size;
  if (nested) return { tag: a, kind: "nested layers", notes: [others(found, a)] };
  throw ambiguous(found, file, columns.length);
}

function others(found: readonly number[], read: number): string {
  const rest = found.filter((column) => column !== read).map((column) => column + 1);
  return `column ${read + 1} was read; ${rest.length === 1 ? "column" : "columns"} ${rest.join(", ")} ${
    rest.length === 1 ? "holds" : "hold"
  } tags, too`;
}

function ambiguous(found: readonly number[], file: string, width: number): DataError {
  const columns = found.map((column) => String(column + 1));
  return new DataError(
    message`${file}: expected one column of tags, found ${columns.length} of ${width} that could be: ${
      listed(columns, 6)
    }; say which with ${setting("tagColumn")}`,
  );
}

/** The first column that is not numbers and not the tags. */
function findWords(
  columns: readonly Column[],
  tag: number,
  { names, file }: { names: readonly string[] | undefined; file: string },
): number {
  const named = names?.findIndex((name, i) => i !== tag && WORD_NAMES.test(name)) ?? -1;
  if (named >= 0) return named;
  const free = columns.map((_, i) => i).filter((i) => i !== tag);
  const words = free.filter((i) => !areNumbers(columns[i]));
  if (words.length === 0 && free.length > 0) {
    const { total } = columns[free[0]];
    if (free.length === 1 && total <= 10) return free[0];
    throw new DataError(
      message`${file}: expected a column of words, found numbers alone beside the tags in column ${
        tag + 1
      }: ${setting("wordColumn")} names a column of words`,
    );
  }
  const word = words[0] ?? 0;
  const { cells, total } = columns[word] ?? { cells: undefined, total: 0 };
  if (words.length > 1 && cells?.size === 1 && total > 20) {
    throw new DataError(
      message`${file}: expected words in column ${word + 1}, found ${
        quote([...cells.keys()][0])
      } on all ${total} lines: ${setting("wordColumn")} says where the words are`,
    );
  }
  return word;
}

/** What people call such columns. */
function dialect(seen: Survey, { word, tag, kind }: { word: number } & TagColumn): string {
  const { columns, width } = seen;
  const numbered = columns.length > 0 && areNumbers(columns[0]);
  if (kind !== undefined) return `columns (${kind})`;
  if (tag === 3 && isLabelStudio(seen)) return "Label Studio CoNLL";
  if (numbered && word === 1 && tag === 2 && width === 5) return "Universal NER";
  if (numbered && word === 1 && tag === 2 && width === 4) return "GermEval 2014";
  if (tag === 0 && width === 4 && word === 3 && areNumbers(columns[1]) && areNumbers(columns[2])) {
    return "anntoconll of brat";
  }
  return "CoNLL";
}
