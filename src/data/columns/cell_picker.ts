import type { LinePlace } from "./lines.ts";

const [TAB, SPACE] = [0x09, 0x20];

/**
 * Picks the word and the tag of a row without making a list of its cells, which takes most of the time
 * otherwise.
 */
export class CellPicker {
  readonly #columns: number;
  readonly #word: number;
  readonly #tag: number;
  /** Of the row that was picked last. */
  word = "";
  tag = "";

  constructor(
    { columns, word, tag }: { readonly columns: number; readonly word: number; readonly tag: number },
  ) {
    this.#columns = columns;
    this.#word = word;
    this.#tag = tag;
  }

  /**
   * Whether the row is as plain as rows are: the right number of cells, none of them empty, and tabs or
   * spaces alone between them. Others are left to `cellsOf`.
   */
  pick({ whole, start: from, end }: LinePlace): boolean {
    let [column, start, separator] = [0, from, 0];
    for (let at = from; at <= end; at++) {
      const code = at === end ? separator : whole.charCodeAt(at);
      if (code !== SPACE && code !== TAB) continue;
      // Tabs and spaces in one line are for the slow way.
      if (separator === 0) separator = code;
      if (code !== separator || at === start) return false;
      if (column === this.#word) this.word = whole.slice(start, at);
      if (column === this.#tag) this.tag = whole.slice(start, at);
      column++;
      start = at + 1;
    }
    return column === this.#columns;
  }
}
