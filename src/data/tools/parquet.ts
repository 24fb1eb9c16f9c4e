/** Parquet, as Hugging Face stores data sets. */

import { parquetMetadataAsync, parquetReadObjects, snappyUncompress } from "../../dependencies.ts";
import { DataError } from "../../errors.ts";
import { quote } from "../../json/quote.ts";
import { isJsonObject, parseJson } from "../../json/strict_json.ts";
import { FaultList } from "../fault_list.ts";
import type { FileContent, LabelledFile, Reader, ReadOptions } from "../reader.ts";
import { mostUnpacked } from "./inflate.ts";
import { fileOfWords } from "./json_readers.ts";
import { fieldsOf, readRowsOfWords } from "./word_formats.ts";

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
  const metadata = await guarded(file, () => parquetMetadataAsync(source));
  checkSizes(metadata, { file, bytes });
  const read = (columns: string[], rowEnd?: number) =>
    guarded(
      file,
      () => parquetReadObjects({ file: source, metadata, columns, rowEnd, compressors: { SNAPPY } }),
    );
  const names = metadata.schema.slice(1).map(({ name }) => name);
  const lists = [
    ...new Set(metadata.row_groups[0]?.columns.map(({ meta_data }) => meta_data?.path_in_schema[0] ?? "")),
  ];
  const [first] = await read(lists, 1);
  const fields = first && fieldsOf(first, options);
  if (!fields) {
    throw new DataError(
      `${file}: expected columns of words and of tags such as tokens and ner_tags, found ${quote(names)}`,
    );
  }
  const { words, tags } = fields;
  const rows = await read([words, tags]);
  const faults = new FaultList();
  const labels = options.labels ?? namesIn(metadata, tags);
  const places = rows.map((row, i) => ({
    words: row[words],
    tags: row[tags],
    place: `${file}: row ${i + 1}`,
  }));
  const found = readRowsOfWords(places, { ...options, labels, faults });
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

/** Refuses counts that cannot be: whoever believed them would fill the memory. */
function checkSizes(
  { num_rows, row_groups }: Metadata,
  { file, bytes }: { readonly file: string; readonly bytes: Uint8Array },
): void {
  const groups = row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  let [values, size] = [0, 0];
  for (const { columns } of row_groups) {
    for (const { meta_data } of columns) {
      values = Math.max(values, Number(meta_data?.num_values ?? 0));
      size += Number(meta_data?.total_uncompressed_size ?? 0);
    }
  }
  const most = mostUnpacked(bytes.length);
  // An empty list needs no byte of its own, but hyparquet makes an object of each row.
  if (Number(num_rows) === groups && groups >= 0 && groups <= most / 16 && values <= most && size <= most) {
    return;
  }
  throw new DataError(
    `${file}: expected sizes that fit to ${bytes.length} bytes, found ${num_rows} rows of ${size} bytes`,
  );
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
