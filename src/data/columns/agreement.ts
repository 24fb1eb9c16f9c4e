import { cellsOf, eachLine, kindOf } from "./lines.ts";

/** How the tags of two columns go together, in rows. */
export interface Agreement {
  /** Rows with a tag other than O in the first column, in the second, in both, and the same one in both. */
  readonly first: number;
  readonly second: number;
  readonly both: number;
  readonly same: number;
}

/** Compares two columns of a text, given by their indexes. */
export function agreement(text: string, a: number, b: number): Agreement {
  let [first, second, both, same] = [0, 0, 0, 0];
  eachLine(text, (line) => {
    if (kindOf(line) !== "row") return;
    const cells = cellsOf(line);
    const [x, y] = [cells[a], cells[b]];
    if (x === undefined || y === undefined) return;
    const [inFirst, inSecond] = [x !== "O", y !== "O"];
    if (inFirst) first++;
    if (inSecond) second++;
    if (inFirst && inSecond) {
      both++;
      if (x === y) same++;
    }
  });
  return { first, second, both, same };
}
