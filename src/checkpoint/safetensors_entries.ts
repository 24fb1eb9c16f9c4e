/** The entries of a safetensors header: one a tensor, and together they cover the file's data. */

import { SafeTensor, v } from "../dependencies.ts";
import { BYTES_PER_ELEMENT, type Dtype } from "./dtype.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { checkSchema } from "../json/schema.ts";

/** Where a tensor is, and what. */
export interface TensorInfo {
  /** The format of its elements. */
  readonly dtype: Dtype;
  /** Its sizes, empty for a single number. */
  readonly shape: readonly number[];
  /** The first byte, counted from the beginning of its file. */
  readonly start: number;
  /** The byte behind the last one. */
  readonly end: number;
  /** The full name of its file, for messages. */
  readonly file: string;
}

/** An entry as it stands in the header; its offsets count from the first byte after the header. */
interface Entry {
  dtype: Dtype;
  shape: number[];
  data_offsets: [number, number];
}

const WHOLE = "a whole number from 0 to 2^53 - 1";
const whole = v.pipe(v.number(WHOLE), v.safeInteger(WHOLE), v.minValue(0, WHOLE));
const entrySchema = v.object({
  dtype: v.picklist(
    Object.keys(BYTES_PER_ELEMENT) as Dtype[],
    "a dtype of safetensors, such as F32, F16 or BF16",
  ),
  shape: v.array(whole, "a list of sizes"),
  data_offsets: v.strictTuple([whole, whole], "a pair of offsets"),
}, "an object with dtype, shape and data_offsets");

/**
 * Checks the entries against the file.
 *
 * @param entries name and value of each, as they stand in the header
 * @param options `dataStart` is where the data begins, `size` is the size of the file, both in bytes
 * @returns the tensors in the order of the file
 * @throws {CheckpointError} if an entry is malformed, or the entries do not cover the data once and in full
 */
export function readEntries(
  entries: readonly [string, unknown][],
  { file, dataStart, size }: { file: string; dataStart: number; size: number },
): Map<string, TensorInfo> {
  const checked = entries.map(([tensor, entry]): [string, Entry] => [
    tensor,
    checkSchema(entrySchema, entry, { file, tensor }),
  ]);
  const tensors = new Map<string, TensorInfo>();
  for (const [name, entry] of checkLayout(parseEntries(checked), { file, dataLength: size - dataStart })) {
    const { dtype, shape, data_offsets: [start, end] } = entry;
    tensors.set(name, { dtype, shape, start: dataStart + start, end: dataStart + end, file });
  }
  return tensors;
}

/**
 * The bytes a tensor of this shape takes; undefined where the product leaves the numbers that are exact, or
 * elements of four or six bits fill no whole bytes.
 */
export function byteSize(dtype: Dtype, shape: readonly number[]): number | undefined {
  let elements = 1;
  for (const length of shape) {
    elements *= length;
    if (!Number.isSafeInteger(elements)) return undefined;
  }
  const size = elements * BYTES_PER_ELEMENT[dtype];
  return Number.isSafeInteger(size) ? size : undefined;
}

/**
 * Lets the safetensors package read the entries. It throws on `__metadata__` and checks nothing, so it is
 * given a header with the checked entries alone; the offsets it returns count from the beginning of that
 * header's file.
 */
function parseEntries(entries: readonly [string, Entry][]): Map<string, Entry> {
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const file = new Uint8Array(8 + json.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  const parsed = new Map<string, Entry>();
  for (const [name, { dtype, shape, data_offsets: [start, end] }] of new SafeTensor(file).metadata) {
    parsed.set(name, {
      dtype: dtype as Dtype,
      shape,
      data_offsets: [start - file.length, end - file.length],
    });
  }
  return parsed;
}

/** The entries in the order of their data, which they have to cover without overlap, hole or rest. */
function checkLayout(
  entries: Map<string, Entry>,
  { file, dataLength }: { file: string; dataLength: number },
): [string, Entry][] {
  const inOrder = [...entries].sort(([, { data_offsets: a }], [, { data_offsets: b }]) =>
    a[0] - b[0] || a[1] - b[1]
  );
  let covered = 0;
  for (const [tensor, { dtype, shape, data_offsets: [start, end] }] of inOrder) {
    const size = byteSize(dtype, shape);
    if (size === undefined || end - start !== size) {
      throw refusal(file, {
        tensor,
        expected: `${size ?? "whole, at most 2^53"} bytes of data for ${dtype} ${quote(shape)}`,
        found: `offsets ${start} to ${end}`,
      });
    }
    if (start !== covered) {
      throw refusal(file, {
        tensor,
        expected: `data from offset ${covered}, where the tensor before it ends`,
        found: `offset ${start}, ${start < covered ? "an overlap" : "a hole"}`,
      });
    }
    if (end > dataLength) {
      throw refusal(file, {
        tensor,
        expected: `data within the ${dataLength} bytes that follow the header`,
        found: `offsets ${start} to ${end}`,
        advice: "the file may be cut off, copy or download it again",
      });
    }
    covered = end;
  }
  if (covered !== dataLength) {
    throw refusal(file, {
      expected: `the last tensor to end with the file, after ${dataLength} bytes of data`,
      found: `its end after ${covered} bytes`,
    });
  }
  return inOrder;
}
