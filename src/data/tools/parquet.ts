/** Parquet, as Hugging Face stores data sets. */

import { parquetMetadataAsync, parquetReadObjects, snappyUncompress } from "../../dependencies.ts";
import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { isJsonObject, parseJson } from "../../json/strict_json.ts";
import { FaultList } from "../fault_list.ts";
import type { FileContent, LabelledFile, Reader, ReadOptions } from "../reader.ts";
import { mostUnpacked } from "./inflate.ts";
import { checkFooter, checkPages } from "./parquet_guard.ts";
import { fileOfWords } from "./json_readers.ts";
import { FIELD_NAMES, fieldsOf, readRowsOfWords } from "./word_formats.ts";

/** Reads `.parquet` files. */
export const parquet: Reader = {
  name: "parquet",
  title: "Hugging Face datasets, Parquet",
  extensions: [".parquet"],
  detect: ({ bytes }) => bytes[0] === 0x50 && bytes[1] === 0x41 && bytes[2] === 0x52 && bytes[3] === 0x31,
  read: readParquet,
};

/** The metadata of a file that somebody else has written. */
type Metadata = Awaited<ReturnType<typeof parquetMetadataAsync>>;

async function readParquet(
  { bytes }: FileContent,
  options: ReadOptions & { readonly file: string },
): Promise<LabelledFile> {
  const { file } = options;
  const buffer = bytes.slice().buffer;
  const source = {
    byteLength: buffer.byteLength,
    slice: (start: number, end?: number) => buffer.slice(start, end),
  };
  const isRead = (name: string) =>
    FIELD_NAMES.has(name) || name === options.wordColumn || name === options.tagColumn;
  const metadata = await guarded(file, async () => {
    checkFooter(bytes);
    const metadata = await parquetMetadataAsync(source);
    checkSizes(metadata, { bytes, isRead });
    return metadata;
  });
  // One column of one group at a time: where hyparquet fails it leaves the promises of others without an
  // owner.
  const read = async (column: string, group: number, rowEnd = Infinity): Promise<unknown[]> => {
    const starts = metadata.row_groups.slice(0, group).reduce(
      (sum, { num_rows }) => sum + Number(num_rows),
      0,
    );
    const end = Math.min(starts + Number(metadata.row_groups[group].num_rows), rowEnd);
    const rows = await guarded(file, () =>
      parquetReadObjects({
        file: source,
        metadata,
        columns: [column],
        rowStart: starts,
        rowEnd: end,
        compressors: { SNAPPY },
      }));
    return rows.map((row) => row[column]);
  };
  const names = [
    ...new Set(metadata.row_groups[0]?.columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? "")),
  ];
  const first: Record<string, unknown> = {};
  for (const name of names) {
    if (isRead(name)) [first[name]] = await read(name, 0, 1);
  }
  const fields = fieldsOf(first, options);
  if (!fields) {
    throw new DataError(
      `${file}: expected columns of words and of tags such as tokens and ner_tags, found ${quote(names)}`,
    );
  }
  const { words, tags } = fields;
  const rows: { words: unknown; tags: unknown; place: string }[] = [];
  for (const group of metadata.row_groups.keys()) {
    const [left, right] = [await read(words, group), await read(tags, group)];
    for (const [i, words] of left.entries()) {
      rows.push({ words, tags: right[i], place: `${file}: row ${rows.length + 1}` });
    }
  }
  const faults = new FaultList();
  const labels = options.labels ?? namesIn(metadata, tags);
  const found = readRowsOfWords(rows, { ...options, labels, faults });
  const columns = { word: words, tag: tags };
  const format = "Hugging Face datasets (Parquet)";
  return fileOfWords(found, { options, format, faults, columns, all: rows.length });
}

/** What hyparquet says of a damaged file, in one sentence. */
async function guarded<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof DataError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new DataError(`${file}: expected Parquet that can be read, found ${quote(said.slice(0, 120))}`);
  }
}

/** hyparquet's own decompression, for as many bytes as are possible. */
function SNAPPY(input: Uint8Array, length: number): Uint8Array {
  if (length > mostUnpacked(input.length)) {
    throw new RangeError(`${length} bytes from ${input.length} packed ones`);
  }
  const output = new Uint8Array(length);
  snappyUncompress(input, output);
  return output;
}

/** Values that a column may have, and for each byte of a large file: rows of a few words need more. */
const [FREE_VALUES, MOST_VALUES] = [2 ** 20, 64];

/** Refuses counts that cannot be: whoever believed them would fill the memory. */
function checkSizes(
  { num_rows, row_groups, schema }: Metadata,
  { bytes, isRead }: { readonly bytes: Uint8Array; isRead(column: string): boolean },
): void {
  const most = Math.max(FREE_VALUES, MOST_VALUES * bytes.length);
  let rows = 0;
  for (const group of row_groups) {
    rows += checked(group.num_rows, most, "rows");
    for (const { meta_data } of group.columns) {
      if (!meta_data) continue;
      const { num_values, dictionary_page_offset, data_page_offset, total_compressed_size } = meta_data;
      const values = checked(num_values, most, "values");
      const data = Number(data_page_offset);
      const dictionary = dictionary_page_offset === undefined ? 0 : Number(dictionary_page_offset);
      const start = dictionary > 0 ? dictionary : data;
      const end = start + Number(total_compressed_size);
      const levelBits = levelBitsOf(schema, meta_data.path_in_schema);
      const unpack = meta_data.codec === "SNAPPY" ? SNAPPY : (packed: Uint8Array) => packed;
      if (isRead(meta_data.path_in_schema[0])) checkPages(bytes, { start, end, values, levelBits, unpack });
    }
  }
  if (checked(num_rows, most, "rows") !== rows) throw new RangeError(`${num_rows} rows in groups of ${rows}`);
}

/**
 * Bits of the levels of a column: how many of the steps to it may repeat, and how many may be missing or
 * repeat.
 */
function levelBitsOf(schema: Metadata["schema"], path: readonly string[]): [number, number] {
  let [repetition, definition] = [0, 0];
  let at = 0;
  for (const name of path) {
    const children: number[] = [];
    for (let i = at + 1, left = schema[at]?.num_children ?? 0; left > 0 && i < schema.length; left--) {
      children.push(i);
      i = behind(schema, i);
    }
    const next = children.find((i) => schema[i].name === name);
    if (next === undefined) throw new RangeError("a column without its schema");
    at = next;
    const type = schema[at].repetition_type;
    if (type === "REPEATED") repetition++;
    if (type !== "REQUIRED") definition++;
  }
  const bits = (most: number) => Math.ceil(Math.log2(most + 1));
  return [bits(repetition), bits(definition)];
}

/** The element behind one and all that is in it. */
function behind(schema: Metadata["schema"], at: number): number {
  let open = 1;
  while (open > 0 && at < schema.length) open += (schema[at++].num_children ?? 0) - 1;
  return at;
}

function checked(count: bigint | number, most: number, what: string): number {
  const number = Number(count);
  if (!(number >= 0 && number <= most)) throw new RangeError(`${count} ${what}`);
  return number;
}

/** The names of the numbers in a column, as `datasets` keeps them beside the data. */
function namesIn({ key_value_metadata }: Metadata, column: string): readonly string[] | undefined {
  const value = key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  if (value === undefined) return undefined;
  try {
    const { info } = parseJson(value) as { info?: { features?: Record<string, unknown> } };
    return labelNames(info?.features?.[column]);
  } catch {
    return undefined;
  }
}

/** The names of the class label inside of a list. */
function labelNames(feature: unknown): readonly string[] | undefined {
  const inner = Array.isArray(feature) ? feature[0] : feature;
  if (!isJsonObject(inner)) return undefined;
  const { names } = inner;
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  return labelNames(inner.feature);
}
