/** What stands in the columns of a text, by which the column of the tags is found. */

import { prefixedTag } from "../scheme.ts";
import { cellsOf, eachLine, eachPlace, kindOf } from "./lines.ts";

/** Lines of which all are looked at, and one of so many others: a prime, since corpora repeat themselves. */
const [ALL_UP_TO, EACH] = [50_000, 13];
/** More different cells than any column of tags has. */
const MOST_DIFFERENT = 2000;
/** Of the cells, how many may be faulty in a column that is taken for tags. */
const LEGAL_SHARE = 0.9;

/** What stands in a column. */
export interface Column {
  /** How often each cell occurs; undefined where there are more than any column of tags has. */
  cells: Map<string, number> | undefined;
  /** Cells that number words or sentences: `7`, `0`, `2-3`, `3-1`, `8.1`. */
  numbers: number;
  total: number;
}

/** What stands in a text. */
export interface Survey {
  readonly columns: readonly Column[];
  /** The number of columns that most lines have, and the first of these lines. */
  readonly width: number;
  readonly widthLine: number;
  /** The cells of the first line. */
  readonly first: readonly string[];
  readonly rows: number;
  /** Whether tabs stand between the columns of most lines. */
  readonly tabs: boolean;
}

/**
 * Looks at all lines but those that begin with `#`; a column of names stands in them under its header, if
 * there is one.
 */
export function survey(text: string): Survey {
  const columns: Column[] = [];
  const widths = new Map<number, { count: number; line: number }>();
  let first: readonly string[] | undefined;
  let [rows, tabbed] = [0, 0];
  const visit = (line: string, number: number) => {
    const cells = cellsOf(line);
    if (line.includes("\t")) tabbed++;
    first ??= cells;
    rows++;
    const width = widths.get(cells.length);
    if (width) width.count++;
    else widths.set(cells.length, { count: 1, line: number });
    // Enough for every format; a line of a million cells is none.
    for (let i = 0; i < cells.length && i < 64; i++) count(columns[i] ??= newColumn(), cells[i]);
  };
  eachPlace(text, ({ whole, start, end, number }) => {
    if (number > ALL_UP_TO && number % EACH !== 0) return;
    const line = whole.slice(start, end);
    if (kindOf(line) === "row") visit(line, number);
  });
  if (rows === 0) {
    // Each sentence may begin with the word #, or hold nothing else.
    eachLine(text, (line, number) => {
      if (kindOf(line) === "hash" && cellsOf(line).some((cell) => prefixedTag(cell))) visit(line, number);
    });
  }
  let [width, widthLine, most] = [0, 0, 0];
  for (const [columns, { count, line }] of widths) {
    if (count > most) [width, widthLine, most] = [columns, line, count];
  }
  return {
    columns: columns.slice(0, width),
    width,
    widthLine,
    first: first ?? [],
    rows,
    tabs: tabbed > rows / 2,
  };
}

function newColumn(): Column {
  return { cells: new Map(), numbers: 0, total: 0 };
}

function count(column: Column, cell: string): void {
  column.total++;
  if (isNumber(cell)) column.numbers++;
  if (column.cells === undefined) return;
  column.cells.set(cell, (column.cells.get(cell) ?? 0) + 1);
  if (column.cells.size > MOST_DIFFERENT) column.cells = undefined;
}

function isNumber(cell: string): boolean {
  const code = cell.charCodeAt(0);
  return code >= 48 && code <= 57 && cell.length < 24 && /^\d+(?:[-.–]\d+)?$/.test(cell);
}

/** Whether a column numbers the words of each sentence, or all of them. */
export function areNumbers({ numbers, total }: Column): boolean {
  return total > 0 && numbers >= 0.98 * total;
}

/** The share of tags with a prefix among the cells of a column that are not O; of O alone it is 1. */
export function legalShare({ cells, total }: Column): number {
  let [legal, outside] = [0, 0];
  for (const [cell, count] of cells ?? []) {
    const tag = prefixedTag(cell);
    if (tag === "O") outside += count;
    else if (tag !== undefined && !holdsTwoTags(cell)) legal += count;
  }
  return total > 0 && outside === total ? 1 : legal / (total - outside);
}

/** Whether a column holds tags with prefixes; a few of its cells may be faulty. */
export function holdsTags(column: Column): boolean {
  return legalShare(column) >= LEGAL_SHARE;
}

/** The types of a column of tags with prefixes. */
export function typesOf({ cells }: Column): Set<string> {
  const types = new Set<string>();
  for (const cell of cells?.keys() ?? []) {
    const tag = prefixedTag(cell);
    if (tag !== undefined && tag !== "O") types.add(tag.slice(2));
  }
  return types;
}

/** Whether a column can be one of types without prefixes: O is more frequent than any type. */
export function holdsTypes({ cells }: Column): boolean {
  if (cells === undefined) return false;
  const outside = (cells.get("O") ?? 0) + (cells.get("OUT") ?? 0);
  if (outside === 0 || cells.size < 2 || cells.size > 200) return false;
  for (const [cell, count] of cells) {
    if (cell === "O" || cell === "OUT") continue;
    if (count >= outside || prefixedTag(cell) || holdsTwoTags(cell) || !/\p{L}/u.test(cell)) return false;
  }
  return true;
}

const JOINERS = /[|#,;+^/&]/;

/** Whether a cell holds two tags, such as `B-PER#B-LOC` or `O|B-PER`. */
export function holdsTwoTags(cell: string): boolean {
  return splitTags(cell).length > 1;
}

/** The tags of a cell: those between marks such as `|`, `#`, `^`, where each piece is a tag. */
export function splitTags(cell: string): string[] {
  if (!JOINERS.test(cell)) return [cell];
  const pieces = cell.split(JOINERS);
  return pieces.length > 1 && pieces.every((piece) => prefixedTag(piece) || piece === "_" || piece === "-")
    ? pieces
    : [cell];
}
