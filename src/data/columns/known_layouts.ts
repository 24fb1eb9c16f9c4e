/** Formats in columns that say which they are: CoNLL-U, HIPE-2022, CoNLL-2012. */

import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { message, setting } from "../../message.ts";
import type { ReadOptions } from "../reader.ts";
import { bracketTags } from "./bracket_tags.ts";
import { findLayout, globalColumns, type Layout } from "./layout.ts";
import { cellsOf, eachLine, kindOf } from "./lines.ts";

type Asked = ReadOptions & { readonly file: string };

/** Numbers in the first column of CoNLL-U: words, ranges of words, empty nodes. */
const ID = /^\d+(?:-\d+|\.\d+)?$/;
/** Columns of CoNLL-U, as CoNLL-U Plus names them. */
const CONLLU = "ID FORM LEMMA UPOS XPOS FEATS HEAD DEPREL DEPS MISC".split(" ");
/** Keys under which treebanks have names in MISC, the most usual first. */
const NAME_KEYS = ["name", "NE", "NER", "ner", "Name"];
/** What the column of names is called in CoNLL-U Plus. */
const NAME_COLUMN = /^(?:.*:)?(?:NER?|ENTITY|NAMED_ENTITY)(?:[-_]?TAGS?)?$/i;

/** The first line that is neither blank nor a comment. */
export function firstRow(head: string): readonly string[] {
  let row: readonly string[] | undefined;
  eachLine(head, (line) => {
    if (row === undefined && kindOf(line) === "row") row = cellsOf(line);
  });
  return row ?? [];
}

/** Whether a text is CoNLL-U or CoNLL-U Plus. */
export function isConllu(head: string): boolean {
  const row = firstRow(head);
  if (globalColumns(head)) return true;
  return row.length === 10 && ID.test(row[0]) && (/^(?:_|\d+)$/.test(row[6]) || /^[_A-Z]+$/.test(row[3])) &&
    row[4] !== "O";
}

/** Columns of CoNLL-U, whose names stand in MISC, or of CoNLL-U Plus, which have a column of their own. */
export function conlluLayout(text: string, options: Asked): Layout {
  const { file } = options;
  const plus = globalColumns(text);
  const names = plus ?? CONLLU;
  const common = {
    format: plus ? "CoNLL-U Plus" : "CoNLL-U",
    names,
    word: Math.max(0, names.indexOf("FORM")),
    width: { columns: names.length, line: firstRowLine(text) },
    cellsOf: cellsBetweenTabs,
    tabs: true,
    knowsSentences: true,
    // A range stands for words that follow, an empty node for none that was written.
    skips: (cells: readonly string[]) => cells[0] !== undefined && /^\d+[-.]\d+$/.test(cells[0]),
  };
  if (options.tagColumn !== undefined || options.wordColumn !== undefined) {
    const { word, tag, scheme } = findLayout(text, file, options);
    return { ...common, word, tag, scheme };
  }
  const own = names.findIndex((name) => NAME_COLUMN.test(name));
  const nothing = (cell: string | undefined) => cell === "_" || cell === "*" ? "O" : cell;
  if (own >= 0) return { ...common, tag: own, tagOf: (cells) => nothing(cells[own]) };
  const misc = names.indexOf("MISC");
  const key = misc < 0 ? undefined : nameKey(text, misc);
  if (key === undefined) {
    throw new DataError(
      message`${file}: expected names as name=B-PER in the column MISC of ${common.format}, found none: ${
        setting("tagColumn")
      } says which column holds tags`,
    );
  }
  return {
    ...common,
    tag: misc,
    notes: [`names were read from ${key}= in MISC`],
    tagOf: (cells) => cells[misc] === undefined ? undefined : nothing(valueOf(cells[misc], key) ?? "O"),
  };
}

/** All cells, empty ones too; some files have spaces where there was a tab. */
function cellsBetweenTabs(line: string): string[] {
  return line.includes("\t") ? line.split("\t") : cellsOf(line);
}

/** The number of the first row, for messages. */
function firstRowLine(text: string): number {
  let first = 0;
  eachLine(text.slice(0, 2 ** 16), (line, number) => {
    if (first === 0 && kindOf(line) === "row") first = number;
  });
  return first;
}

/** The key of MISC that holds names. */
function nameKey(text: string, misc: number): string | undefined {
  const found = new Set<string>();
  eachLine(text, (line) => {
    if (kindOf(line) !== "row" || !line.includes("=")) return;
    const cell = cellsOf(line)[misc] ?? "";
    for (const key of NAME_KEYS) if (!found.has(key) && valueOf(cell, key) !== undefined) found.add(key);
  });
  return NAME_KEYS.find((key) => found.has(key));
}

/** The value of a key of MISC: `B-PER` of `SpaceAfter=No|name=B-PER`. */
function valueOf(misc: string, key: string): string | undefined {
  if (!misc.includes(`${key}=`)) return undefined;
  return misc.split("|").find((pair) => pair.startsWith(`${key}=`))?.slice(key.length + 1);
}

/** Whether a text is of the HIPE shared tasks: a header, and flags in the last column. */
export function isHipe(head: string): boolean {
  const [word, ...names] = firstRow(head);
  return word === "TOKEN" && names.some((name) => name.startsWith("NE-"));
}

/** Columns that the header names; a flag ends sentences, blank lines end documents. */
export function hipeLayout(text: string, options: Asked): Layout {
  const names = firstRow(text.slice(0, 2 ** 16));
  const { layer } = options;
  const column = (given: string) => {
    const found = /^\d+$/.test(given)
      ? Number(given) - 1
      : names.findIndex((name) => name.toLowerCase() === given.toLowerCase());
    if (found >= 0 && found < names.length) return found;
    throw new DataError(
      message`${options.file}: expected ${setting("tagColumn")} to be one of ${names.join(", ")}, found ${
        quote(given)
      }`,
    );
  };
  const nested = layer !== undefined && layer > 1 ? "NE-NESTED" : undefined;
  const standard = names.find((name) => name === "NE-COARSE-LIT") ??
    names.find((name) => name.startsWith("NE-"));
  if (standard === undefined) {
    throw new DataError(
      `${options.file}: expected the header of HIPE-2022 (TOKEN, NE-COARSE-LIT, ...), found none`,
    );
  }
  const tag = column(options.tagColumn ?? nested ?? standard);
  const flags = names.length - 1;
  return {
    format: "HIPE-2022",
    names,
    header: true,
    word: options.wordColumn === undefined ? 0 : column(options.wordColumn),
    tag,
    width: { columns: names.length, line: firstRowLine(text) },
    cellsOf: cellsBetweenTabs,
    tabs: true,
    knowsSentences: text.includes("EndOfSentence"),
    // Digitised pages have cells where nothing was recognised.
    skips: (cells) => cells.length === names.length && cells[0].trim() === "",
    tagOf: (cells) => cells[tag] === "_" ? "O" : cells[tag],
    endsSentence: (cells) => cells[flags]?.includes("EndOfSentence") ?? false,
    blankEndsDocument: true,
  };
}

/** Whether a text is of CoNLL-2011 or 2012. */
export function isConll2012(head: string): boolean {
  return /^\ufeff?\s*#begin document/.test(head);
}

/** Names stand in the eleventh column, in brackets; the number of columns differs between sentences. */
export function conll2012Layout(text: string, options: Asked): Layout {
  if (options.tagColumn !== undefined || options.wordColumn !== undefined) {
    return findLayout(text, options.file, options);
  }
  return {
    format: "CoNLL-2012",
    word: 3,
    tag: 10,
    scheme: "IOB2",
    tagsOf: bracketTags,
  };
}
