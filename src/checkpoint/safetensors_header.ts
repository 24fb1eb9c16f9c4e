/**
 * The header of a safetensors file: 8 bytes with its length, then JSON with name, dtype, shape and place of
 * each tensor. It comes from strangers, so nothing in it is believed before it is checked against the file.
 *
 * The rules are those of the format's own specification and reader, and where those leave a gap (equal keys,
 * numbers that JavaScript would round) the strict side is taken.
 */

import type { Store } from "../store/store.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { readEntries, type TensorInfo } from "./safetensors_entries.ts";
import { isJsonObject, parseStrictJson } from "../json/strict_json.ts";

/** The longest header that the format allows, in bytes. */
export const HEADER_LIMIT = 100_000_000;

/** The entry of the header that is no tensor. */
export const METADATA_KEY = "__metadata__";

/** A header that has passed every check. */
export interface Header {
  /** In the order of the file. */
  readonly tensors: Map<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/**
 * Reads and checks the header. Never reads more than it, nor beyond the file.
 *
 * @throws {CheckpointError} for every way in which the file breaks the format
 */
export async function readHeader(store: Store, path: string): Promise<Header> {
  const file = store.locate(path);
  const size = await store.size(path);
  const bytes = await readHeaderBytes(store, path, size);
  const header = parseHeaderJson(bytes, file);
  const metadata = METADATA_KEY in header ? checkMetadata(header[METADATA_KEY], file) : undefined;

  const tensors = readEntries(
    Object.entries(header).filter(([name]) => name !== METADATA_KEY),
    { file, dataStart: 8 + bytes.length, size },
  );
  return { tensors, metadata };
}

async function readHeaderBytes(store: Store, path: string, size: number): Promise<Uint8Array> {
  const file = store.locate(path);
  if (size < 8) {
    throw refusal(file, {
      expected: "a safetensors file, which begins with 8 bytes of header length",
      found: `${size} bytes in all`,
    });
  }
  const prefix = await store.read(path, 0, 8);
  if (new TextDecoder().decode(prefix) === "version ") {
    throw refusal(file, {
      expected: "a safetensors file",
      found: "a text that begins as the pointers of git-lfs do",
      advice: "fetch the file itself, with git lfs pull or from the hub's page",
    });
  }
  const length = new DataView(prefix.buffer).getBigUint64(0, true);
  if (length > BigInt(HEADER_LIMIT)) {
    throw refusal(file, {
      expected: `a safetensors header of at most ${HEADER_LIMIT} bytes`,
      found: `${length}`,
      advice: "perhaps this is another kind of file",
    });
  }
  if (length > BigInt(size - 8)) {
    throw refusal(file, {
      expected: `a header that ends within the file of ${size} bytes`,
      found: `a header of ${length} bytes`,
      advice: "the file may be cut off, copy or download it again",
    });
  }
  return await store.read(path, 8, 8 + Number(length));
}

function parseHeaderJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  if (bytes[0] !== 0x7b) { // a byte order mark or white space in front is refused here as well
    throw refusal(file, { expected: "a header that begins with {", found: describeByte(bytes[0]) });
  }
  let end = bytes.length;
  while (bytes[end - 1] === 0x20) end--;
  if (bytes[end - 1] !== 0x7d) {
    throw refusal(file, {
      expected: "a header that ends with } and only spaces behind it",
      found: describeByte(bytes[end - 1]),
    });
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, end));
  } catch {
    throw refusal(file, { expected: "a header of UTF-8 text", found: "bytes that are not UTF-8" });
  }
  try {
    // It begins with a brace, so what it parses to is an object.
    return parseStrictJson(text, { integersOnly: true }) as Record<string, unknown>;
  } catch (error) {
    throw refusal(file, { expected: "a header of strict JSON", found: (error as Error).message });
  }
}

function describeByte(byte: number | undefined): string {
  return byte === undefined ? "an empty header" : `byte 0x${byte.toString(16).padStart(2, "0")}`;
}

function checkMetadata(value: unknown, file: string): Record<string, string> {
  const wrong = isJsonObject(value)
    ? Object.entries(value).find(([, text]) => typeof text !== "string")
    : undefined;
  if (isJsonObject(value) && wrong === undefined) return value as Record<string, string>;
  throw refusal(file, {
    expected: `${METADATA_KEY} to map strings to strings`,
    found: wrong === undefined ? quote(value) : `${quote(wrong[0])}: ${quote(wrong[1])}`,
  });
}
