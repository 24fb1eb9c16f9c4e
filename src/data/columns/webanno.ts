/** WebAnno TSV 3, as INCEpTION and WebAnno export it. */

import { DataError } from "../../errors.ts";
import { listed, quote } from "../../json/quote.ts";
import { message, setting } from "../../message.ts";
import { labelledFile } from "../labelled_file.ts";
import { FaultList } from "../fault_list.ts";
import type { LabelledFile, ReadOptions } from "../reader.ts";
import type { Sentence } from "../sentence.ts";
import { eachLine } from "./lines.ts";

/** Whether a text is WebAnno TSV 3. */
export function isWebAnno(head: string): boolean {
  return /^\ufeff?#FORMAT=WebAnno TSV 3/.test(head);
}

/** A column of tags: its number behind those of place, offsets and word, and what it is called. */
interface ValueColumn {
  readonly name: string;
  readonly index: number;
}

/** What stands on the line of a word. */
interface Token {
  readonly word: string;
  readonly line: number;
  /** What stands in the column of the names. */
  tag: string;
}

/**
 * The sentences of a WebAnno TSV file. A span bears a number on each of its lines, `PER[1]`; without a number
 * it has one word. Spans within words (`3-1.1`) become the whole word, and of stacked ones (`a|b`) the first
 * is read, or the one of `layer`.
 *
 * @throws {DataError} naming file and line
 */
export function readWebAnno(text: string, options: ReadOptions & { readonly file: string }): LabelledFile {
  const { file, layer = 1, skipFaulty = false } = options;
  const faults = new FaultList();
  const columns = columnsOf(text);
  const wanted = chooseColumn(columns, options);
  const all: { tokens: Token[]; number: string; faulty: boolean }[] = [];
  let open: typeof all[number] | undefined;
  let [widened, stacked] = [0, 0];
  eachLine(text, (line, number) => {
    if (line[0] === "#") return;
    if (line.trim() === "") {
      open = undefined;
      return;
    }
    const cells = line.split("\t");
    const [, sentence, part] = /^(\d+)-\d+(\.\d+)?$/.exec(cells[0]) ?? [];
    if (open === undefined || sentence !== undefined && sentence !== open.number) {
      all.push(open = { tokens: [], number: sentence, faulty: false });
    }
    const tag = cells[wanted.index];
    if (sentence === undefined || tag === undefined || cells[2] === "") {
      open.faulty = true;
      faults.add(
        `${file}:${number}`,
        `expected the place of a word such as 1-3, offsets, a word and ${
          wanted.index - 2
        } more columns between tabs, ` +
          `found ${quote(line.slice(0, 60))}`,
      );
    } else if (part === undefined) {
      open.tokens.push({ word: unescape(cells[2]), line: number, tag });
    } else if (tag !== "_") {
      const whole = open.tokens.at(-1);
      if (whole?.tag === "_") {
        whole.tag = tag;
        widened++;
      }
    }
  });
  const sentences = all.filter(({ tokens, faulty }) => tokens.length > 0 && !faulty);
  faults.check({ skipFaulty, faulty: all.filter(({ faulty }) => faulty).length, all: all.length });
  if (sentences.length === 0) {
    throw new DataError(`${file}: expected sentences of WebAnno TSV 3, found none: check the path`);
  }
  const read: Sentence[] = sentences.map(({ tokens }) => ({
    words: tokens.map(({ word }) => word),
    tags: tagsOf(tokens.map(({ tag }) => tag), layer, () => stacked++),
  }));
  return labelledFile({
    file,
    format: "WebAnno TSV 3",
    columns: { word: "3", tag: wanted.name },
    sentences: read,
    documents: read.map(() => 0),
    notes: [
      ...widened > 0 ? [`${widened} spans within words were widened to whole words`] : [],
      ...stacked > 0 ? [`of stacked tags on ${stacked} words number ${layer} was read`] : [],
    ],
    faults: faults.report(all.length - sentences.length),
    cut: options.cut ?? false,
    placeOf(sentence, word) {
      const { tokens } = sentences[sentence];
      return `${file}:${(tokens[word] ?? tokens.at(-1)!).line}`;
    },
  });
}

/** The columns that the header lists, those of spans alone. */
function columnsOf(text: string): ValueColumn[] {
  const columns: ValueColumn[] = [];
  let index = 3;
  let header = true;
  eachLine(text, (line) => {
    if (!header) return;
    const [, kind, layer, features] = /^#T_(SP|CH|RL)=([^|]*)(.*)$/.exec(line) ?? [];
    if (kind === undefined) {
      header = line[0] === "#" || line.trim() === "";
      return;
    }
    for (const feature of features === "" ? [""] : features.slice(1).split("|")) {
      if (kind === "SP") columns.push({ name: `${layer}|${feature}`, index });
      index++;
    }
  });
  return columns;
}

/**
 * The column of the names: what is asked for, else the value of a layer of named entities, else the only one.
 */
function chooseColumn(columns: readonly ValueColumn[], { tagColumn, file }: ReadOptions): ValueColumn {
  const names = () => listed(columns.map(({ name }) => quote(name)), 2);
  if (tagColumn !== undefined) {
    const asked = /^\d+$/.test(tagColumn)
      ? columns.find(({ index }) => index === Number(tagColumn) - 1)
      : columns.find(({ name }) => name === tagColumn || name.endsWith(`|${tagColumn}`));
    if (asked) return asked;
    throw new DataError(
      message`${file ?? ""}: expected ${setting("tagColumn")} to be one of ${names()}, found ${
        quote(tagColumn)
      }`,
    );
  }
  const values = columns.filter(({ name }) => !/\|(?:identifier|id|uri|link)$/i.test(name));
  const entities = values.filter(({ name }) => /NamedEntity/i.test(name));
  const found = entities.length > 0 ? entities : values;
  const value = found.find(({ name }) => /\|(?:value|label|type|category|tag)$/i.test(name));
  if (value) return value;
  if (found.length === 1) return found[0];
  throw new DataError(
    message`${file ?? ""}: expected one layer of spans, found ${columns.length === 0 ? "none" : names()}: ${
      setting("tagColumn")
    } says which holds the names`,
  );
}

/** IOB2 tags from the cells of one column. */
function tagsOf(cells: readonly string[], layer: number, onStacked: () => void): string[] {
  let before = "";
  let previous = "O";
  return cells.map((cell) => {
    const stacked = splitEscaped(cell);
    if (stacked.length > 1) onStacked();
    const [, value, span] = /^(.*?)(?:\[(\d+)\])?$/s.exec(stacked[Math.min(layer, stacked.length) - 1])!;
    if (value === "_" || value === "") {
      before = "";
      return previous = "O";
    }
    // A span without a feature is marked with a star.
    const type = value === "*" ? "SPAN" : unescape(value);
    const goesOn = span !== undefined && before === `${span} ${type}` && previous !== "O";
    before = span === undefined ? "" : `${span} ${type}`;
    return previous = `${goesOn ? "I" : "B"}-${type}`;
  });
}

/** The parts between bars that no backslash stands before. */
function splitEscaped(cell: string): string[] {
  if (!cell.includes("|")) return [cell];
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < cell.length; i++) {
    if (cell[i] === "\\") i++;
    else if (cell[i] === "|") {
      parts.push(cell.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, cell.slice(start)];
}

function unescape(text: string): string {
  return text.includes("\\") ? text.replace(/\\(.)/gs, "$1") : text;
}
