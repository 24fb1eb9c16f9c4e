import { DataError } from "../errors.ts";
import { LONGEST_TEXT } from "../json/longest_text.ts";

/**
 * Whole lines of UTF-8 as text; a byte order mark is dropped.
 *
 * @param from the name of the file, and the number of the first of these lines
 * @throws {DataError} naming file and line, where bytes are not UTF-8, or more than a text can have
 */
export function decodeUtf8(
  bytes: Uint8Array,
  { file, firstLine = 1 }: { readonly file: string; readonly firstLine?: number },
): string {
  if (bytes.length > LONGEST_TEXT) {
    throw new DataError(
      `${file}: expected a text of at most ${LONGEST_TEXT} bytes, found ${bytes.length}: cut it into several files`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(
      `${file}:${firstLine + lineOfDamage(bytes)}: expected UTF-8 text, found bytes that are not UTF-8: ` +
        "convert the file",
    );
  }
}

/** The first line that is not UTF-8, from 0. No byte of a longer UTF-8 sequence is a line break. */
function lineOfDamage(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (let line = 0, start = 0;; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    start = end + 1;
  }
}
