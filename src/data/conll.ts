import { DataError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { findLayout } from "./columns/layout.ts";
import { readsAsDocument } from "./columns/lines.ts";
import { readRows } from "./columns/read_rows.ts";
import type { LabelledFile, ReadOptions } from "./reader.ts";
import type { Sentence } from "./sentence.ts";

/**
 * Reads a file in columns: a word and its tag a line, blank lines between sentences.
 *
 * Columns are separated by tabs where the line has a tab (a word may then hold spaces), else by spaces. The
 * column of the tags is the one that holds tags (chunks and clauses of well-known corpora are none), and the
 * words stand in the first of the others that is no number; a header, if there is one, names them. Line ends
 * are LF, CRLF or CR, a byte order mark is dropped, and `-DOCSTART-` lines end a sentence as blank lines do.
 * Lines that begin with `#` and do not end with a tag are comments. Tags may be of any {@linkcode Scheme},
 * also with `_` for `-` and `OUT` for `O`, and come back as IOB2.
 *
 * @throws {DataError} naming file and line for a line without word or tag, a line of another number of
 * columns and a tag of no known scheme, all of them counted; for several columns of tags of which nothing
 * says which it is, tags of two schemes, and a text without a sentence.
 */
export function parseConll(text: string, options: ReadOptions = {}): LabelledFile {
  const { file = "CoNLL text" } = options;
  return readRows(text, findLayout(text, file, options), { ...options, file });
}

/**
 * Writes sentences as CoNLL: `word TAG` lines and a blank line after each sentence. The separator is a space,
 * or a tab in the whole text when some word holds a space, so that {@linkcode parseConll} reads back what was
 * written.
 *
 * @throws {DataError} for a word that the format cannot hold: empty, with a tab, a line break or a space at
 * its edge, or one that reads as a `-DOCSTART-` line; and for a sentence with another number of tags than
 * words.
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
      if (/[\t\r\n]|^ | $|^$|^\uFEFF/.test(word) || readsAsDocument(word)) {
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
