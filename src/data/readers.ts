/** The formats of labelled sentences that Lacuna reads. */

import { decodeUtf8 } from "../text/utf8.ts";
import { parseConll } from "./conll.ts";
import type { LabelledFile, Reader, ReadOptions } from "./reader.ts";

const conll: Reader = {
  format: "CoNLL",
  extensions: [".conll", ".txt", ".tsv"],
  read: (bytes, options) => parseConll(decodeUtf8(bytes, options), options),
};

const readers: readonly Reader[] = [conll];

/** How the names of labelled files end, the most usual first. */
export const labelledExtensions: readonly string[] = readers.flatMap(({ extensions }) => extensions);

/**
 * The sentences of a labelled file, in the format that its name says; a name that says none is read as CoNLL.
 *
 * @throws {DataError} naming the file and the line, for what the format does not allow
 */
export function readLabelled(
  bytes: Uint8Array,
  options: ReadOptions & { readonly file: string },
): LabelledFile {
  const name = options.file.toLowerCase();
  const reader = readers.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension)));
  return (reader ?? conll).read(bytes, options);
}
