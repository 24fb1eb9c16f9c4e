/**
 * Safetensors files: reading by ranges, writing as a stream. Neither ever holds a whole file.
 *
 * @see https://github.com/huggingface/safetensors#format
 * @module
 */

import type { Store } from "../store/store.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import type { TensorInfo } from "./safetensors_entries.ts";
import { readHeader } from "./safetensors_header.ts";

export { type Dtype, type FloatDtype, fromFloat32, isFloatDtype, toFloat32 } from "./dtype.ts";
export type { TensorInfo } from "./safetensors_entries.ts";
export { HEADER_LIMIT } from "./safetensors_header.ts";
export { type TensorToWrite, writeSafetensors } from "./safetensors_writer.ts";

/** Tensors to read from, in one file or in several shards. */
export interface TensorSource {
  /** The full name of the file or index, for messages. */
  readonly file: string;
  /** What there is, in the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The file's `__metadata__`, where it has one. */
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /**
   * The bytes of a tensor, in a buffer of their own.
   *
   * @throws {CheckpointError} if there is no such tensor, or the file was replaced since it was opened
   */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The bytes of rows `rowStart` up to but not including `rowEnd` of a tensor `[rows, ...]`.
   *
   * @throws {CheckpointError} if there is no such tensor, or the file was replaced since it was opened
   * @throws {RangeError} if it does not have these rows
   */
  readRows(name: string, rowStart: number, rowEnd: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Opens a safetensors file: reads and checks its header, and nothing else before a tensor is asked for.
 *
 * @throws {CheckpointError} naming file, tensor, what was expected and what was found, if the file breaks the
 * format
 */
export async function openSafetensors(store: Store, path: string): Promise<TensorSource> {
  const file = store.locate(path);
  const version = await store.version?.(path);
  const { tensors, metadata } = await readHeader(store, path);

  /** A file that is replaced meanwhile would give some tensors of the one and some of the other. */
  async function readBytes(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await store.read(path, start, end);
    if (await store.version?.(path) === version) return bytes;
    throw refusal(file, {
      expected: "the file that was opened",
      found: "that it was replaced while it was read",
      advice: "open it again",
    });
  }

  function find(name: string): TensorInfo {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw refusal(file, { expected: `a tensor ${quote(name)}`, found: "none" });
    return tensor;
  }

  return {
    file,
    tensors,
    metadata,
    async read(name) {
      const { start, end } = find(name);
      return await readBytes(start, end);
    },
    async readRows(name, rowStart, rowEnd) {
      const { shape, start, end } = find(name);
      const rows = shape[0] ?? 1; // a scalar is one row
      const valid = Number.isInteger(rowStart) && Number.isInteger(rowEnd) && 0 <= rowStart &&
        rowStart <= rowEnd && rowEnd <= rows;
      if (!valid) {
        throw new RangeError(
          `${file}: tensor ${quote(name)}: expected rows within 0 to ${rows}, found ${rowStart} to ${rowEnd}`,
        );
      }
      const rowBytes = rows === 0 ? 0 : (end - start) / rows;
      return await readBytes(start + rowStart * rowBytes, start + rowEnd * rowBytes);
    },
  };
}
