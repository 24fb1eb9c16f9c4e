import { quote } from "../../json/quote.ts";

/**
 * IOB2 tags of one sentence from the brackets of CoNLL-2012: `(PERSON*`, `*`, `*)`, `(GPE)`. A text says what
 * is wrong.
 */
export function bracketTags(cells: readonly string[]): string[] | string {
  const tags: string[] = [];
  let open: string | undefined;
  for (const cell of cells) {
    const [, type, star, close] = /^(?:\(([^()*\s]+))?(\*)?(\))?$/.exec(cell) ?? [];
    const begins = type !== undefined;
    if (
      cell === "" || !begins && star === undefined || begins && open !== undefined ||
      close && !begins && !open
    ) {
      return `expected a name in brackets such as (PERSON*, *, *) or (GPE), found ${quote(cell)}`;
    }
    if (begins) open = type;
    tags.push(open === undefined ? "O" : `${begins ? "B" : "I"}-${open}`);
    if (close || begins && star === undefined) open = undefined;
  }
  return open === undefined
    ? tags
    : `expected a closing bracket after (${open.slice(0, 40)}*, found the end of the sentence`;
}
