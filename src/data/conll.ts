import { DataError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import type { LabelledFile, ReadOptions } from "./reader.ts";
import { PREFIXES, recogniseScheme, toIob2 } from "./scheme.ts";
import type { Sentence } from "./sentence.ts";

const TAG = /^(?:O|[BIESLU]-\S+)$/;
const DOCUMENT_START = "-DOCSTART-";

/**
 * Reads a CoNLL file: one word a line, the word in the first column and its tag in the last, blank lines between
 * sentences.
 *
 * Columns are separated by tabs where the line has a tab (a word may then hold spaces), else by spaces; every line has as
 * many as the first. Line ends are LF, CRLF or CR, a byte order mark is dropped, and `-DOCSTART-` lines end a sentence as
 * blank lines do. Before a sentence, lines that begin with `# ` and do not end with a tag are comments. Tags may be IOB1,
 * IOB2, BIOES or BILOU ({@linkcode recogniseScheme}) and come back as IOB2.
 *
 * @throws {DataError} naming file and line for a line without word or tag, a line of another number of columns, a tag of
 * no known scheme, tags of two schemes, a first column of word numbers, and a text without a sentence.
 */
export function parseConll(text: string, options: ReadOptions = {}): LabelledFile {
  const file = options.file ?? "CoNLL text";
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n?|\n/);
  const allowed = options.scheme ? PREFIXES[options.scheme] : undefined;
  const firstUse = new Map<string, number>();
  const sentences: { words: string[]; tags: string[] }[] = [];
  const firstLines: number[] = [];
  let sentence: { words: string[]; tags: string[] } | undefined;
  let width: { columns: number; line: number } | undefined;
  for (const [i, line] of lines.entries()) {
    if (/^\s*$/.test(line) || line.startsWith(DOCUMENT_START)) {
      sentence = undefined;
      continue;
    }
    const columns = columnsOf(line);
    if (!sentence && isComment(line, columns)) continue;
    const { word, tag } = wordAndTag(columns, `${file}:${i + 1}`);
    width ??= { columns: columns.length, line: i + 1 };
    if (columns.length !== width.columns) {
      throw new DataError(
        `${file}:${
          i + 1
        }: expected ${width.columns} columns, as on line ${width.line}, found ${columns.length}: ` +
          "where words hold spaces or columns are empty, separate all columns by tabs and let the tag be the last",
      );
    }
    if (allowed !== undefined && tag !== "O" && !allowed.includes(tag[0])) {
      throw new DataError(
        `${file}:${i + 1}: expected a tag of the scheme ${options.scheme}, found ${quote(tag)}: ` +
          "write all files of a data set in one scheme",
      );
    }
    if (!firstUse.has(tag[0])) firstUse.set(tag[0], i + 1);
    if (!sentence) {
      sentences.push(sentence = { words: [], tags: [] });
      firstLines.push(i + 1);
    }
    sentence.words.push(word);
    sentence.tags.push(tag);
  }
  if (sentences.length === 0) throw new DataError(`${file}: ${emptiness(text)}`);
  if (width!.columns > 2 && areWordNumbers(sentences)) {
    throw new DataError(
      `${file}:${firstLines[0]}: expected words in the first column, found the number of each word there: ` +
        "remove this column",
    );
  }
  const scheme = options.scheme ?? recogniseScheme(sentences.map((s) => s.tags));
  if (!scheme) throw mixedSchemes(file, firstUse);
  const converted = sentences.map(({ words, tags }) => ({ words, tags: toIob2(tags, scheme) }));
  return { sentences: converted, scheme, firstLines };
}

function columnsOf(line: string): string[] {
  const content = trimEnd(line, " \t");
  return content.includes("\t")
    ? content.split("\t").map((column) => trimEnd(column, " ").replace(/^ +/, ""))
    : content.split(/ +/);
}

/** A loop: the regular expression for it would try each space of a long run inside, in quadratic time. */
function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1])) end--;
  return text.slice(0, end);
}

/** `# sent_id = 3` and the like; `# O` is the word `#`. */
function isComment(line: string, columns: readonly string[]): boolean {
  return line.startsWith("# ") && !TAG.test(columns[columns.length - 1]);
}

function wordAndTag(columns: readonly string[], where: string): { word: string; tag: string } {
  const word = columns[0];
  const tag = columns[columns.length - 1];
  if (word === "" || columns.length === 1) {
    const missing = TAG.test(tag) ? "word" : "tag";
    throw new DataError(
      `${where}: expected a word and its tag separated by a space or a tab, ` +
        (missing === "word"
          ? `found only the tag ${quote(tag)}: put its word in the first column`
          : `found only ${quote(tag)}: put its tag in the last column (O outside of mentions)`),
    );
  }
  if (!TAG.test(tag)) {
    throw new DataError(
      `${where}: expected a tag such as O, B-PER or I-PER in the last column, found ${quote(tag)}: ` +
        "write the tags as IOB1, IOB2, BIOES or BILOU",
    );
  }
  return { word, tag };
}

/** Whether every sentence counts its words, 1, 2, 3: with a column before the words all of these would be lost. */
function areWordNumbers(sentences: readonly { readonly words: readonly string[] }[]): boolean {
  return sentences.some(({ words }) => words.length > 1) &&
    sentences.every(({ words }) => words.every((word, i) => word === String(i + 1)));
}

function emptiness(text: string): string {
  return text === ""
    ? "expected sentences of one word and tag a line, found an empty file: check the path"
    : "expected sentences of one word and tag a line, found only blank lines, comments and -DOCSTART- lines: check the path";
}

function mixedSchemes(file: string, firstUse: ReadonlyMap<string, number>): DataError {
  const first = (prefixes: string) =>
    Math.min(...[...prefixes].map((prefix) => firstUse.get(prefix) ?? Infinity));
  const [bioes, bilou] = [first("ES"), first("LU")];
  return new DataError(
    `${file}:${
      Math.max(bioes, bilou)
    }: expected one scheme in the whole file, found tags of BIOES (line ${bioes}) ` +
      `and of BILOU (line ${bilou}): rewrite the file in one of them`,
  );
}

/**
 * Writes sentences as CoNLL: `word TAG` lines and a blank line after each sentence. The separator is a space, or a tab in
 * the whole text when some word holds a space, so that {@linkcode parseConll} reads back what was written.
 *
 * @throws {DataError} for a word that the format cannot hold: empty, with a tab, a line break or a space at its edge, or
 * one that reads as a `-DOCSTART-` line; and for a sentence with another number of tags than words.
 */
export function formatConll(sentences: readonly Sentence[]): string {
  const spaced = sentences.some(({ words }) => words.some((word) => word.includes(" ")));
  const separator = spaced ? "\t" : " ";
  return sentences.map(({ words, tags }, s) => {
    if (words.length !== tags.length) {
      throw new DataError(
        `Expected one tag a word in sentence ${s + 1}, found ${words.length} words and ${tags.length} tags`,
      );
    }
    const lines = words.map((word, i) => {
      if (/[\t\r\n]|^ | $|^$|^\uFEFF/.test(word) || word.startsWith(DOCUMENT_START)) {
        throw new DataError(
          `Expected a word that a line of CoNLL can hold in sentence ${s + 1}, found ${quote(word)}: ` +
            "remove tabs, line breaks and spaces at its edges",
        );
      }
      return `${word}${separator}${tags[i]}\n`;
    });
    return `${lines.join("")}\n`;
  }).join("");
}
