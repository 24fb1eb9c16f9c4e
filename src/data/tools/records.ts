/** JSON and JSON Lines as records with their places. */

import { DataError } from "../../errors.ts";
import { LONGEST_TEXT } from "../../json/longest_text.ts";
import { isJsonObject, parseJson } from "../../json/strict_json.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import { FaultList } from "../fault_list.ts";
import type { FileContent } from "../reader.ts";

/** A record of a file and where it stands. */
export interface JsonRecord {
  readonly value: unknown;
  readonly place: string;
}

/** What a file of JSON holds. */
export interface JsonFile {
  readonly records: readonly JsonRecord[];
  /** Lines that are no JSON. */
  readonly faults: FaultList;
}

/** What was parsed, so that no detector parses it again. */
const parsed = new WeakMap<FileContent, JsonFile>();

/** Whether a file may be JSON or JSON Lines. */
export function looksLikeJson({ head }: FileContent): boolean {
  return /^\ufeff?\s*(?:\{\s*["}]|\[\s*(?:[{[\]"]))/.test(head);
}

/**
 * The records of a file: the lines of JSON Lines, the items of a list, or of the one list in an object.
 *
 * @throws {DataError} for JSON that cannot be parsed, or nests deeper than any such file
 */
export function recordsOf(content: FileContent): JsonFile {
  const known = parsed.get(content);
  if (known) return known;
  const { bytes, file } = content;
  const text = decodeUtf8(bytes, { file });
  const read = isLines(text) ? linesOf(text, file) : wholeOf(text, file);
  parsed.set(content, read);
  return read;
}

/** Whether the first line is a whole record. */
function isLines(text: string): boolean {
  const start = text.search(/\S/);
  const end = text.indexOf("\n", start);
  if (end < 0) return false;
  const line = text.slice(start, end).trim();
  if (!/[}\]]$/.test(line) || line === "[]") return false;
  try {
    return parseJson(line) !== null;
  } catch {
    // A faulty first line may still be the first of many.
    return /^\{.*\}$/.test(line) && /^\s*[{[]/.test(text.slice(end + 1, end + 64));
  }
}

function linesOf(text: string, file: string): JsonFile {
  const faults = new FaultList();
  const records: JsonRecord[] = [];
  for (let start = 0, number = 1; start < text.length; number++) {
    const at = text.indexOf("\n", start);
    const end = at < 0 ? text.length : at;
    const line = text.slice(start, end);
    start = end + 1;
    if (line.trim() === "") continue;
    const place = `${file}:${number}`;
    try {
      records.push({ value: parseJson(line), place });
    } catch (error) {
      faults.add(place, `expected a JSON object on the line, found ${reason(error)}`);
    }
  }
  return { records, faults };
}

function wholeOf(text: string, file: string): JsonFile {
  let value: unknown;
  try {
    if (text.length > LONGEST_TEXT) throw new SyntaxError("too much of it");
    value = parseJson(text);
  } catch (error) {
    throw new DataError(`${file}: expected JSON or JSON Lines, found ${reason(error)}`);
  }
  const list = Array.isArray(value) ? value : isJsonObject(value) ? listIn(value) : undefined;
  const records = list?.map((value, i) => ({ value, place: `${file}: record ${i + 1}` })) ??
    [{ value, place: `${file}:1` }];
  return { records, faults: new FaultList() };
}

/** The list of records in an object such as `{"data": [...]}`. */
function listIn(value: Record<string, unknown>): readonly unknown[] | undefined {
  const lists = Object.values(value).filter((item) =>
    Array.isArray(item) && item.length > 0 && isJsonObject(item[0])
  );
  const isRecord = typeof value.text === "string" || isJsonObject(value.data) || Array.isArray(value.tokens);
  return lists.length === 1 && !isRecord ? lists[0] as readonly unknown[] : undefined;
}

/** What the parser says, without what a terminal would obey and shortened. */
function reason(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd").slice(0, 120);
}
