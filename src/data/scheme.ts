/**
 * The ways in which files and taggers write mentions as one tag a word.
 *
 * - `IOB1` (Ramshaw and Marcus 1995): a mention begins with `I-`; `B-` only separates it from a mention of
 *   the same type directly before it.
 * - `IOB2` (Tjong Kim Sang and Veenstra 1999): every mention begins with `B-`. This is what Lacuna works
 *   with.
 * - `IOE1` and `IOE2`: the same from behind. `E-` ends every mention in IOE2, in IOE1 only one that a mention
 *   of the same type follows directly.
 * - `BIOES`: `E-` marks the last word of a mention, `S-` a mention of one word. `BILOU` (Ratinov and Roth
 *   2009) is its twin with `L-` and `U-`, `BMES` (also BMEWO) its twin with `M-` inside and `S-` or `W-` for
 *   one word.
 * - `IO`: types without prefix. Mentions of one type that touch are one.
 */
export type Scheme = "IOB1" | "IOB2" | "IOE1" | "IOE2" | "BIOES" | "BILOU" | "BMES" | "IO";

/** Which tag prefixes a scheme knows beside `O`. */
export const PREFIXES: Readonly<Record<Scheme, string>> = {
  IOB1: "BI",
  IOB2: "BI",
  IOE1: "IE",
  IOE2: "IE",
  BIOES: "BIES",
  BILOU: "BILU",
  BMES: "BMESW",
  IO: "",
};

/** The names of all schemes. */
export const SCHEMES = Object.keys(PREFIXES) as readonly Scheme[];

const TO_IOB2: Readonly<Record<string, string>> = { S: "B", U: "B", W: "B", E: "I", L: "I", M: "I" };
/** Schemes in which the type of the word before says whether a mention begins. */
const BY_NEIGHBOUR: ReadonlySet<Scheme> = new Set(["IOB1", "IOE1", "IOE2", "IO"]);

/**
 * A tag as people write it in the one form that {@linkcode recogniseScheme} and {@linkcode toIob2} take: `O`
 * for `OUT`, too, `B-PER` for `B_PER`. Undefined for what has no prefix of any scheme, or no type behind it.
 */
export function prefixedTag(written: string): string | undefined {
  if (written === "O" || written === "OUT") return "O";
  if (written.length < 3 || !"BIESLUMW".includes(written[0])) return undefined;
  if (written[1] === "-") return written;
  return written[1] === "_" ? `${written[0]}-${written.slice(2)}` : undefined;
}

/** The same for a tag of the scheme `IO`: `I-PER` for `PER`. */
export function unprefixedTag(written: string): string {
  return written === "O" || written === "OUT" ? "O" : `I-${written}`;
}

/**
 * The scheme that explains all sentences of a file, each given as its tags, or undefined when tags of two
 * schemes stand side by side, such as `S-` and `U-`.
 *
 * IOB1 and IOB2 share their letters. A file is IOB1 only when it keeps IOB1's rules throughout: some mention
 * begins with `I-`, and no `B-` stands where the word before is outside of a mention of that type. A file of
 * both kinds is IOB2 with stray `I-` tags, as annotated corpora and the predictions of taggers often are. In
 * the same way a file of `I-` and `E-` is IOE1 where some mention ends with `I-` and `E-` stands only before
 * a word of the same type. A file of nothing but `O` is IOB2. `IO` has no prefixes, so it is never recognised
 * here.
 */
export function recogniseScheme(sentences: Iterable<readonly string[]>): Scheme | undefined {
  const prefixes = new Set<string>();
  let [beginsWithB, beginsWithI, endsWithI, endsWithE] = [false, false, false, false];
  const close = (last: string) => {
    endsWithE ||= last[0] === "E";
    endsWithI ||= last[0] === "I";
  };
  for (const tags of sentences) {
    let previous = "O";
    for (const tag of tags) {
      // Most words follow one with the same tag.
      if (tag === previous) continue;
      prefixes.add(tag[0]);
      if (typeOf(tag) !== typeOf(previous)) {
        beginsWithB ||= tag[0] === "B";
        beginsWithI ||= tag[0] === "I";
        close(previous);
      }
      previous = tag;
    }
    close(previous);
  }
  prefixes.delete("O");
  const fits = (scheme: Scheme) => [...prefixes].every((prefix) => PREFIXES[scheme].includes(prefix));
  if (fits("IOB2")) return beginsWithI && !beginsWithB ? "IOB1" : "IOB2";
  if (fits("IOE2")) return endsWithI && !endsWithE ? "IOE1" : "IOE2";
  return (["BIOES", "BILOU", "BMES"] as const).find(fits);
}

/**
 * One sentence's tags as IOB2. Legal input gives legal output; a tag that breaks the rules of its scheme is
 * not repaired, because strict and lenient scores have to see it: a stray `I-` of IOB2 stays, a stray `E-`
 * becomes a stray `I-`. Where the word before says what a tag is, as in IOB1, IOE1, IOE2 and IO, every
 * sequence is legal.
 */
export function toIob2(tags: readonly string[], scheme: Scheme): string[] {
  const byNeighbour = BY_NEIGHBOUR.has(scheme);
  return tags.map((tag, i) => {
    if (tag === "O") return tag;
    const type = typeOf(tag);
    const previous = tags[i - 1] ?? "O";
    const begins = byNeighbour && (type !== typeOf(previous) || previous[0] === "E");
    return `${begins ? "B" : TO_IOB2[tag[0]] ?? tag[0]}-${type}`;
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
