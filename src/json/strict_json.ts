/**
 * JSON without its ambiguities. `JSON.parse` keeps the last of two equal keys, so a file could show one
 * tensor to us and another to the next reader; it takes `__proto__` for a key like any other; and it rounds
 * numbers.
 */

import { quote } from "./quote.ts";

/**
 * What is read nests up to five levels deep; whatever walks through a value of a hundred thousand overflows
 * its stack.
 */
const DEPTH_LIMIT = 32;

/**
 * Parses JSON in which no object has a key twice, no key is `__proto__` and every string is well-formed
 * Unicode.
 *
 * @param options `integersOnly` refuses numbers written in any other way than as non-negative whole numbers,
 * such as `1.0`, `1e3` or `-0`, before rounding can make them look whole
 * @throws {SyntaxError} with what was found, for the caller to add the file
 */
export function parseStrictJson(text: string, options: { integersOnly?: boolean } = {}): unknown {
  checkKeysAndNumbers(text, options.integersOnly ?? false);
  return JSON.parse(text);
}

/**
 * Parses JSON as `JSON.parse` does, equal keys included, for files that others have written and that other
 * programs open.
 *
 * @throws {SyntaxError} also for more nested levels than any such file has
 */
export function parseJson(text: string): unknown {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === "{" || character === "[") checkDepth(++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return JSON.parse(text);
}

/** Whether a value from JSON is an object, and no list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One pass over the characters; it need not know the grammar, since `JSON.parse` does. */
function checkKeysAndNumbers(text: string, integersOnly: boolean): void {
  const open: (Set<string> | undefined)[] = []; // the keys of each open object, undefined for an array
  let keyIsNext = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case "{":
      case "[":
        checkDepth(open.length + 1);
        keyIsNext = text[at] === "{";
        open.push(keyIsNext ? new Set() : undefined);
        break;
      case "}":
      case "]":
        open.pop();
        keyIsNext = false;
        break;
      case ",":
        keyIsNext = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(text, at);
        const string: string = JSON.parse(text.slice(at, end));
        if (!string.isWellFormed()) throw new SyntaxError(`half a surrogate pair in ${quote(string)}`);
        if (keyIsNext) addKey(open.at(-1)!, string);
        keyIsNext = false;
        at = end - 1;
        break;
      }
      default:
        if (integersOnly && /[-\d]/.test(text[at])) at = endOfInteger(text, at) - 1;
    }
  }
}

function checkDepth(depth: number): void {
  if (depth > DEPTH_LIMIT) throw new SyntaxError(`more than ${DEPTH_LIMIT} nested levels`);
}

function addKey(keys: Set<string>, key: string): void {
  if (key === "__proto__") throw new SyntaxError(`the key "__proto__"`);
  if (keys.has(key)) throw new SyntaxError(`the key ${quote(key)} twice`);
  keys.add(key);
}

/** The index behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  // A loop, since a regular expression with an alternative for escapes overflows its stack on a long string.
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  throw new SyntaxError("a string without its closing quote");
}

/** The index behind the number that begins at `start`. */
function endOfInteger(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && /[-+.\deE]/.test(text[end])) end++;
  const number = text.slice(start, end);
  if (!/^(0|[1-9]\d*)$/.test(number) || !Number.isSafeInteger(Number(number))) {
    throw new SyntaxError(
      `the number ${number.slice(0, 40)} where only whole numbers from 0 to 2^53 - 1 may stand`,
    );
  }
  return end;
}
