/**
 * How a message quotes what was found: as JSON, so that control characters of a stranger's file do no harm,
 * and short.
 */

/** The characters that are shown; transformers' longest names of parameters just fit. */
const LONGEST = 64;
/**
 * What a terminal would obey, or not show: control and format characters, half surrogate pairs, separators of
 * lines.
 */
export const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** A value for a message. However large or deep it is, little of it is looked at. */
export function quote(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = write(value, LONGEST);
  // The brackets that close what is deep.
  return text.length > 1.5 * LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** The first `limit` texts with commas between them, and how many more there are. */
export function listed(texts: readonly string[], limit = 3): string {
  const rest = texts.length - limit;
  return texts.slice(0, limit).join(", ") + (rest > 0 ? `, and ${rest} more` : "");
}

function write(value: unknown, room: number): string {
  if (typeof value === "string") return writeText(value, room);
  if (typeof value !== "object" || value === null) return String(value).slice(0, LONGEST);
  if (Array.isArray(value)) return `[${writeAll(value, room, (item, left) => write(item, left))}]`;
  const member = (key: string, left: number) =>
    `${writeText(key, left)}:${write((value as Record<string, unknown>)[key], left - key.length)}`;
  return `{${writeAll(Object.keys(value), room, member)}}`;
}

/** What of a list there is room for; every item takes some, so depth ends, too. */
function writeAll<Item>(
  items: readonly Item[],
  room: number,
  each: (item: Item, left: number) => string,
): string {
  const texts: string[] = [];
  for (let left = room; texts.length < items.length && left > 0;) {
    texts.push(each(items[texts.length], left - 2));
    left -= texts.at(-1)!.length + 2;
  }
  const rest = items.length - texts.length;
  return texts.length === 0 && rest > 0 ? "..." : texts.join(", ") + (rest > 0 ? `, and ${rest} more` : "");
}

function writeText(text: string, room: number): string {
  let shown = "";
  for (const character of text) {
    const next = UNSEEN.test(character) ? escaped(character) : JSON.stringify(character).slice(1, -1);
    if (shown.length + next.length > room) return `"${shown}"...`;
    shown += next;
  }
  return `"${shown}"`;
}

function escaped(character: string): string {
  const short = JSON.stringify(character).slice(1, -1);
  if (short.startsWith("\\")) return short;
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}
