/** What offsets into a text count: UTF-16 units, code points, or what people see as characters. */

/**
 * UTF-16 units as in JavaScript, code points as in Python, grapheme clusters as in doccano where a project
 * wants it.
 */
export type Unit = "UTF-16 units" | "code points" | "grapheme clusters";

/** A mention by its offsets, the end exclusive, in some unit. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  /** What stands there, where the file says it. */
  readonly text?: string;
  /** Its pieces where it has several, in order. */
  readonly pieces?: readonly (readonly [start: number, end: number])[];
}

/** The place of an offset in UTF-16 units; NaN beyond the end of the text. */
export type ToUnits = (offset: number) => number;

/** How offsets of a unit are turned into UTF-16 units in a text. */
export function toUtf16(text: string, unit: Unit): ToUnits {
  const starts = unit === "UTF-16 units" ? undefined : startsOf(text, unit);
  if (starts === undefined) {
    return (offset) => Number.isInteger(offset) && offset >= 0 && offset <= text.length ? offset : NaN;
  }
  return (offset) => starts[offset] ?? NaN;
}

/** Characters of one unit each, which join nothing: all units count them alike. */
const PLAIN = /^[\u0020-\u02ff\n\t]*$/;

/** Where each character begins, and the end; undefined where they are the UTF-16 units. */
function startsOf(text: string, unit: Unit): number[] | undefined {
  if (unit === "code points") {
    if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return undefined;
    const starts: number[] = [];
    for (let at = 0; at < text.length; at += text.codePointAt(at)! > 0xffff ? 2 : 1) starts.push(at);
    return [...starts, text.length];
  }
  if (PLAIN.test(text)) return undefined;
  const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text);
  return [...Array.from(segments, ({ index }) => index), text.length];
}

/** Texts looked at to find out the unit: enough, since only those count in which units differ. */
const TRIED = 2000;

/**
 * The unit in which most spans stand on the borders of words, or on the text that the file says they have; of
 * equal ones the first.
 */
export function findUnit(
  annotations: Iterable<{ readonly text: string; readonly spans: readonly Span[] }>,
  units: readonly Unit[],
): Unit {
  const right = units.map(() => 0);
  let tried = 0;
  for (const { text, spans } of annotations) {
    if (spans.length === 0 || PLAIN.test(text)) continue;
    if (++tried > TRIED) break;
    for (const [u, unit] of units.entries()) {
      const at = toUtf16(text, unit);
      right[u] += spans.filter((span) => fits(text, span, at)).length;
    }
  }
  return units[right.indexOf(Math.max(...right))];
}

const LETTER = /[\p{L}\p{M}\p{N}]/u;

function fits(text: string, { start, end, text: said }: Span, at: ToUnits): boolean {
  const [from, to] = [at(start), at(end)];
  if (Number.isNaN(from) || Number.isNaN(to)) return false;
  if (said !== undefined) return text.slice(from, to) === said;
  const part = text.slice(from, to);
  return part !== "" && part.trim() === part && part.isWellFormed() && !inWord(text, from) &&
    !inWord(text, to);
}

/** Whether letters stand on both sides of a place. */
function inWord(text: string, at: number): boolean {
  return at > 0 && at < text.length && LETTER.test(lastOf(text, at)) &&
    LETTER.test(String.fromCodePoint(text.codePointAt(at)!));
}

/** The character before a place. */
function lastOf(text: string, at: number): string {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit <= 0xdfff && at > 1 ? text.slice(at - 2, at) : text[at - 1];
}
