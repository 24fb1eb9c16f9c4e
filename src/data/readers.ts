/** The formats of labelled sentences that Lacuna reads. */

import { DataError } from "../errors.ts";
import { message, setting } from "../message.ts";
import { decodeUtf8 } from "../text/utf8.ts";
import {
  conll2012Layout,
  conlluLayout,
  hipeLayout,
  isConll2012,
  isConllu,
  isHipe,
} from "./columns/known_layouts.ts";
import type { Layout } from "./columns/layout.ts";
import { readRows } from "./columns/read_rows.ts";
import { isWebAnno, readWebAnno } from "./columns/webanno.ts";
import { parseConll } from "./conll.ts";
import { nameOther } from "./other_formats.ts";
import { docBin } from "./tools/docbin.ts";
import { parquet } from "./tools/parquet.ts";
import { isZip, labelledEntry } from "./tools/zip.ts";
import { jsonReaders } from "./tools/json_readers.ts";
import type { FileContent, LabelledFile, Reader, ReadOptions } from "./reader.ts";

type Named = ReadOptions & { readonly file: string };

/** A format in columns of text. */
function columns(
  about: Pick<Reader, "name" | "title" | "extensions">,
  detect: (head: string) => boolean,
  read: (text: string, options: Named) => LabelledFile,
): Reader {
  return {
    ...about,
    detect: ({ head }) => detect(head),
    read: ({ bytes }, options) => read(decodeUtf8(bytes, options), options),
  };
}

const withLayout = (layoutOf: (text: string, options: Named) => Layout) => (text: string, options: Named) =>
  readRows(text, layoutOf(text, options), options);

/** Any columns; what no other reader knows is read as these. */
const conll = columns(
  { name: "conll", title: "CoNLL", extensions: [".conll", ".txt", ".tsv", ".iob2", ".bio"] },
  () => true,
  parseConll,
);

/** All formats; the first one whose detector knows a file reads it. */
export const readers: readonly Reader[] = [
  docBin,
  parquet,
  ...jsonReaders,
  columns({ name: "webanno", title: "WebAnno TSV 3", extensions: [".tsv"] }, isWebAnno, readWebAnno),
  columns({ name: "hipe", title: "HIPE-2022", extensions: [".tsv"] }, isHipe, withLayout(hipeLayout)),
  columns(
    { name: "conll2012", title: "CoNLL-2012", extensions: [".conll", ".gold_conll"] },
    isConll2012,
    withLayout(conll2012Layout),
  ),
  columns(
    { name: "conllu", title: "CoNLL-U", extensions: [".conllu", ".conllup"] },
    isConllu,
    withLayout(conlluLayout),
  ),
  conll,
];

/** How the names of labelled files end, the most usual first. */
export const labelledExtensions: readonly string[] = [
  ...new Set([conll, ...readers].flatMap(({ extensions }) => extensions)),
];

/** Bytes that detectors look at. */
const HEAD = 2 ** 16;

/**
 * The sentences of a labelled file, in the format that its content shows or `format` says; of a zip archive,
 * those of the file in it.
 *
 * @throws {DataError} naming the file and the line, for what the format does not allow
 */
export async function readLabelled(
  bytes: Uint8Array,
  options: ReadOptions & { readonly file: string },
): Promise<LabelledFile> {
  const { file, format } = options;
  if (isZip(bytes)) {
    const entry = labelledEntry(bytes, options);
    const name = `${file}/${entry.name}`;
    if (isZip(entry.bytes)) {
      throw new DataError(`${name}: expected a labelled file, found an archive in an archive`);
    }
    return await readLabelled(entry.bytes, { ...options, file: name });
  }
  const head = new TextDecoder("utf-8").decode(bytes.subarray(0, HEAD));
  const content: FileContent = { file, bytes, head };
  if (format !== undefined) {
    const reader = readers.find(({ name }) => name === format);
    if (reader) return await reader.read(content, options);
    const names = readers.map(({ name }) => name).join(", ");
    throw new DataError(
      message`${file}: expected ${setting("format")} to be one of ${names}, found ${format}`,
    );
  }
  const reader = readers.find((reader) => reader !== conll && reader.detect(content));
  const other = reader ? undefined : nameOther(content);
  if (other !== undefined) throw new DataError(`${file}: expected labelled sentences, found ${other}`);
  return await (reader ?? conll).read(content, options);
}
