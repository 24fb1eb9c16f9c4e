/**
 * The ways in which CoNLL files write mentions as one tag a word.
 *
 * - `IOB1` (Ramshaw and Marcus 1995): a mention begins with `I-`; `B-` only separates it from a mention of the same type
 *   directly before it.
 * - `IOB2` (Tjong Kim Sang and Veenstra 1999): every mention begins with `B-`. This is what Lacuna works with.
 * - `BIOES`: `E-` marks the last word of a mention, `S-` a mention of one word. `BILOU` (Ratinov and Roth 2009) is its
 *   twin with `L-` and `U-`.
 */
export type Scheme = "IOB1" | "IOB2" | "BIOES" | "BILOU";

/** Which tag prefixes a scheme knows beside `O`. */
export const PREFIXES: Readonly<Record<Scheme, string>> = {
  IOB1: "BI",
  IOB2: "BI",
  BIOES: "BIES",
  BILOU: "BILU",
};

const TO_IOB2: Readonly<Record<string, string>> = { S: "B", U: "B", E: "I", L: "I" };

/**
 * The scheme that explains all sentences of a file, each given as its tags, or undefined when `E-` or `S-` stands beside
 * `L-` or `U-`.
 *
 * IOB1 and IOB2 share their letters. A file is IOB1 only when it keeps IOB1's rules throughout: some mention begins with
 * `I-`, and no `B-` stands where the word before is outside of a mention of that type. A file of both kinds is IOB2 with
 * stray `I-` tags, as annotated corpora and the predictions of taggers often are. A file of nothing but `O` is IOB2.
 */
export function recogniseScheme(sentences: Iterable<readonly string[]>): Scheme | undefined {
  const prefixes = new Set<string>();
  let beginsWithB = false;
  let beginsWithI = false;
  for (const tags of sentences) {
    let previous = "O";
    for (const tag of tags) {
      prefixes.add(tag[0]);
      if (typeOf(tag) !== typeOf(previous)) {
        beginsWithB ||= tag[0] === "B";
        beginsWithI ||= tag[0] === "I";
      }
      previous = tag;
    }
  }
  const bioes = prefixes.has("E") || prefixes.has("S");
  const bilou = prefixes.has("L") || prefixes.has("U");
  if (bioes && bilou) return undefined;
  if (bioes) return "BIOES";
  if (bilou) return "BILOU";
  return beginsWithI && !beginsWithB ? "IOB1" : "IOB2";
}

/**
 * One sentence's tags as IOB2. Legal input gives legal output; a tag that breaks the rules of its scheme is not repaired,
 * because strict and lenient scores have to see it: a stray `I-` of IOB2 stays, a stray `E-` becomes a stray `I-`.
 */
export function toIob2(tags: readonly string[], scheme: Scheme): string[] {
  return tags.map((tag, i) => {
    if (tag === "O") return tag;
    const begins = scheme === "IOB1" && typeOf(tag) !== typeOf(tags[i - 1] ?? "O");
    return `${begins ? "B" : TO_IOB2[tag[0]] ?? tag[0]}-${typeOf(tag)}`;
  });
}

/** The entity type of a tag of any scheme, `PER` of `B-PER`; empty for `O`. */
export function typeOf(tag: string): string {
  return tag.slice(2);
}

/** The parts of an IOB2 tag. */
export interface TagParts {
  /** Outside, begin or inside. */
  readonly prefix: "O" | "B" | "I";
  /** The entity type, an empty string for `O`. */
  readonly type: string;
}

/** Takes an IOB2 tag apart; `undefined` for anything but `O`, `B-TYPE` and `I-TYPE`. */
export function parseTag(tag: string): TagParts | undefined {
  if (tag === "O") return { prefix: "O", type: "" };
  const prefix = tag[0];
  if ((prefix !== "B" && prefix !== "I") || tag[1] !== "-" || tag.length < 3) return undefined;
  return { prefix, type: typeOf(tag) };
}
