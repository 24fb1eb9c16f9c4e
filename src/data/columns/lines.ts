/** The lines and cells of a text in columns. */

/** What a line is before one knows which columns it has. */
export type LineKind = "blank" | "document" | "hash" | "row";

const DOCUMENT_START = "-DOCSTART-";
const [HASH, HYPHEN, SPACE, DELETE] = [0x23, 0x2d, 0x20, 0x7f];
const NO_BREAK = /\r\n?/g;

/** Visits each line with its number from 1. Line ends are LF, CRLF or CR; a byte order mark is dropped. */
export function eachLine(text: string, visit: (line: string, number: number) => void): void {
  eachPlace(text, ({ whole, start, end, number }) => visit(whole.slice(start, end), number));
}

/** Where a line stands. It is one object that changes: most lines need no text of their own. */
export interface LinePlace {
  /** The text, with LF as its line ends. */
  whole: string;
  start: number;
  end: number;
  number: number;
}

/** Visits the places of all lines. */
export function eachPlace(text: string, visit: (place: LinePlace) => void): void {
  const whole = text.includes("\r") ? text.replace(NO_BREAK, "\n") : text;
  const place = { whole, start: whole.charCodeAt(0) === 0xfeff ? 1 : 0, end: 0, number: 1 };
  for (; place.start <= whole.length; place.number++) {
    const at = whole.indexOf("\n", place.start);
    place.end = at < 0 ? whole.length : at;
    visit(place);
    place.start = place.end + 1;
  }
}

/** Whether a line begins with a letter or a mark that begins no comment, no document and no blank line. */
export function beginsPlainly({ whole, start, end }: LinePlace): boolean {
  const first = start < end ? whole.charCodeAt(start) : 0;
  return first > SPACE && first < DELETE && first !== HASH && first !== HYPHEN;
}

/** What a line is; one that begins with `#` may be a comment or a word. */
export function kindOf(line: string): LineKind {
  const first = line.charCodeAt(0);
  if (first === HASH) return "hash";
  if (first === HYPHEN && line.startsWith(DOCUMENT_START)) return "document";
  // Most lines begin with a letter, which is looked at alone.
  return first > SPACE && first < DELETE || !/^\s*$/.test(line) ? "row" : "blank";
}

/** Whether a word would read as the beginning of a document. */
export function readsAsDocument(word: string): boolean {
  return word.startsWith(DOCUMENT_START);
}

/** Cells between tabs where the line has a tab (a word may then hold spaces), else between runs of spaces. */
export function cellsOf(line: string): string[] {
  const content = trimEnd(line, " \t");
  if (!content.includes("\t")) return content.includes("  ") ? content.split(/ +/) : content.split(" ");
  const cells = content.split("\t");
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell[0] === " " || cell.at(-1) === " ") cells[i] = trimEnd(cell, " ").replace(/^ +/, "");
  }
  return cells;
}

/** A loop: the regular expression for it would try each space of a long run inside, in quadratic time. */
function trimEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1])) end--;
  return end === text.length ? text : text.slice(0, end);
}

/**
 * What begins a sentence or a document in comments of CoNLL-U and of what is like it: where it stands inside
 * of a sentence, a blank line is missing.
 */
const BEGINS = /^#\s*(?:sent_id|newdoc|newpar|text|id|begin document|end document)\b/i;

/** Whether a comment can only stand before a sentence. */
export function beginsSentence(comment: string): boolean {
  return BEGINS.test(comment);
}

/** Whether a comment begins a document. */
export function beginsDocument(comment: string): boolean {
  return /^#\s*(?:newdoc|begin document|hipe2022:document_id)\b/i.test(comment);
}
