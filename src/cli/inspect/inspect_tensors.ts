/** The tensors of a checkpoint, for inspect. */

import type { TensorSource } from "../../checkpoint/safetensors.ts";
import { counted, formatBytes, formatCount, formatTable, harmless } from "../frame/format.ts";

/** What the headers of a checkpoint say. Plain data, ready for JSON. */
export interface TensorSummary {
  /** Number of safetensors files. */
  readonly files: number;
  /** Elements of all tensors together. */
  readonly elements: number;
  /** Bytes of all tensors together, without headers. */
  readonly bytes: number;
  /** Number of tensors by dtype. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Adds up what an opened checkpoint says of its tensors; reads none of them. */
export function summarise({ tensors, metadata = {} }: TensorSource): TensorSummary {
  const list = [...tensors].map(([name, { dtype, shape, start, end }]) => ({
    name,
    dtype,
    shape,
    bytes: end - start,
  }));
  const dtypes: Record<string, number> = {};
  for (const { dtype } of list) dtypes[dtype] = (dtypes[dtype] ?? 0) + 1;
  return {
    files: Math.max(1, new Set([...tensors.values()].map(({ file }) => file)).size),
    elements: list.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    bytes: list.reduce((sum, { bytes }) => sum + bytes, 0),
    dtypes,
    tensors: list,
    metadata,
  };
}

/** The summary as lines for a terminal. */
export function describeTensors(path: string, summary: TensorSummary): string {
  const { files, elements, bytes, dtypes, tensors, metadata } = summary;
  const total = `${counted(tensors.length, "tensor")}, ${counted(elements, "parameter")}, ${
    formatBytes(bytes)
  }`;
  const counts = Object.entries(dtypes).map(([dtype, count]) => `${dtype} ${formatCount(count)}`);
  const rows = tensors.map(({ name, dtype, shape }) => [harmless(name), dtype, `[${shape.join(", ")}]`]);
  const notes = Object.entries(metadata).map(([key, value]) => `  ${harmless(key)}: ${harmless(value)}`);
  return [
    `${path}: safetensors in ${counted(files, "file")}, ${total}`,
    `dtypes: ${counts.join(", ") || "none"}`,
    "",
    ...formatTable([["tensor", "dtype", "shape"], ...rows]),
    ...(notes.length > 0 ? ["", "metadata", ...notes] : []),
  ].join("\n");
}
