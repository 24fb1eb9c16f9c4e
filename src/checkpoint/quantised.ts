/**
 * Matrices whose numbers are codes times scales, for files of a quarter or a seventh of their bytes in f32.
 * Reading gives f32, so that nobody else has to know of them. In int8 any matrix is saved, in int4 what is in
 * such codes already: it loses nothing.
 *
 * - `INT8`: `NAME` in I8 `[rows, columns]`, and `NAME_scale` `[rows, 1]`;
 * - `INT4`: `NAME_packed` in I32 `[rows, columns / 8]`, eight codes a number, the first in its lowest bits
 *   and 8 more than it stands for; `NAME_scale` `[rows, columns / 32]`, one for 32 codes; `NAME_shape` in
 *   I64, `[rows, columns]`.
 *
 * Names and layouts are those of compressed-tensors' "int-quantized" and "pack-quantized" weights with
 * symmetric scales, which llm-compressor writes and vLLM reads.
 *
 * @see https://github.com/vllm-project/compressed-tensors
 * @module
 */

import { CheckpointError } from "../errors.ts";
import { refusal } from "../json/refusal.ts";
import { type Dtype, type FloatDtype, fromFloat32, isFloatDtype, toFloat32 } from "./dtype.ts";
import type { TensorInfo, TensorSource, TensorToWrite } from "./safetensors.ts";

/** A layout of codes and scales. */
interface Layout {
  /** The ending of the name of the codes. */
  readonly ending: string;
  readonly dtype: Dtype;
  /** Codes in an element of the tensor that holds them. */
  readonly codesAnElement: number;
  /** Codes with a scale in common; undefined for a row. */
  readonly group?: number;
  /** Codes go from `least` to `most`. */
  readonly least: number;
  readonly most: number;
  readonly scaleDtype: FloatDtype;
  /** The scale of numbers of which this one is the largest in size. */
  scale(extreme: number): number;
}

/** The layouts, by the name under which one saves in them. */
const layouts = {
  INT8: {
    ending: "",
    dtype: "I8",
    codesAnElement: 1,
    least: -127, // so that minus a code is a code
    most: 127,
    scaleDtype: "F32",
    scale: (extreme) => Math.abs(extreme) / 127,
  },
  INT4: {
    ending: "_packed",
    dtype: "I32",
    codesAnElement: 8,
    group: 32,
    least: -8,
    most: 7,
    scaleDtype: "F16",
    // The largest number gets the code that has no counterpart, as in llama.cpp's Q4_0: numbers that are such
    // codes already come out as they were.
    scale: (extreme) => extreme / -8,
  },
} satisfies Record<QuantisedDtype, Layout>;

/** The name of a layout: codes of 8 bits with a scale for a row, or of 4 bits with a scale for 32. */
export type QuantisedDtype = "INT8" | "INT4";

/** Whether matrices can be saved in such a layout. */
export function isQuantised(dtype: string): dtype is QuantisedDtype {
  return dtype in layouts;
}

const SCALE = "_scale";
const SHAPE = "_shape";
/** What else compressed-tensors keeps beside codes: with these they mean other numbers. */
const REFUSED_PARTS = ["_zero_point", "_g_idx"];

/** A matrix in codes. */
interface Matrix {
  readonly layout: Layout;
  /** The tensor of its codes. */
  readonly codes: string;
  /** The tensor of its scales. */
  readonly scale: string;
  readonly rows: number;
  readonly columns: number;
}

/** The tensors of a checkpoint with each matrix in codes as one of F32; others are as they were. */
export function widened(source: TensorSource): TensorSource {
  const matrices = new Map<string, Matrix>();
  const named = new Map<string, string>(); // by the name of its codes
  const hidden = new Set<string>();
  for (const layout of Object.values<Layout>(layouts)) {
    for (const codes of source.tensors.keys()) {
      if (!codes.endsWith(layout.ending)) continue;
      const name = codes.slice(0, codes.length - layout.ending.length);
      const matrix = matrixIn(source, name, layout);
      if (!matrix) continue;
      matrices.set(name, matrix);
      named.set(codes, name);
      hidden.add(name + SCALE).add(name + SHAPE);
    }
  }
  if (matrices.size === 0) return source;

  const tensors = new Map<string, TensorInfo>();
  for (const [codes, info] of source.tensors) {
    const name = named.get(codes);
    if (name !== undefined) {
      const { rows, columns } = matrices.get(name)!;
      tensors.set(name, { ...info, dtype: "F32", shape: [rows, columns] });
    } else if (!hidden.has(codes)) tensors.set(codes, info);
  }
  const readMatrix = async (matrix: Matrix, rowStart: number, rowEnd: number) => {
    const codes = await source.readRows(matrix.codes, rowStart, rowEnd);
    const scales = await readScales(source, matrix, { rowStart, rowEnd });
    return new Uint8Array(widen(codes, scales, matrix.layout).buffer);
  };
  return {
    ...source,
    tensors,
    async read(name) {
      const matrix = matrices.get(name);
      return matrix ? await readMatrix(matrix, 0, matrix.rows) : await source.read(name);
    },
    async readRows(name, rowStart, rowEnd) {
      const matrix = matrices.get(name);
      return matrix
        ? await readMatrix(matrix, rowStart, rowEnd)
        : await source.readRows(name, rowStart, rowEnd);
    },
  };
}

function matrixIn({ tensors }: TensorSource, name: string, layout: Layout): Matrix | undefined {
  const codes = tensors.get(name + layout.ending);
  const scale = tensors.get(name + SCALE);
  if (codes?.dtype !== layout.dtype || codes.shape.length !== 2 || scale?.shape.length !== 2) {
    return undefined;
  }
  const [rows, elements] = codes.shape;
  const columns = elements * layout.codesAnElement;
  const fits = isFloatDtype(scale.dtype) && scale.shape[0] === rows &&
    scale.shape[1] * (layout.group ?? columns) === columns;
  const isOther = REFUSED_PARTS.some((ending) => tensors.has(name + ending));
  return fits && !isOther
    ? { layout, codes: name + layout.ending, scale: name + SCALE, rows, columns }
    : undefined;
}

/** @throws {CheckpointError} if a scale is not finite, or too large for what it is the scale of to be */
async function readScales(
  source: TensorSource,
  { layout, scale: tensor }: Matrix,
  { rowStart, rowEnd }: { readonly rowStart: number; readonly rowEnd: number },
): Promise<Float32Array> {
  const { dtype, shape, file } = source.tensors.get(tensor)!;
  const scales = toFloat32(dtype, await source.readRows(tensor, rowStart, rowEnd));
  const wrong = scales.findIndex((scale) => !Number.isFinite(Math.fround(layout.least * scale)));
  if (wrong < 0) return scales;
  throw refusal(file, {
    tensor,
    expected: "scales with which all codes are finite numbers",
    found: `${scales[wrong]} for row ${rowStart + Math.floor(wrong / shape[1])}`,
    advice: "the file is damaged, copy or download it again",
  });
}

/** The numbers of some rows. */
function widen(bytes: Uint8Array<ArrayBuffer>, scales: Float32Array, { codesAnElement }: Layout) {
  const packed = codesAnElement > 1;
  const codes = new Int8Array(bytes.buffer);
  const values = new Float32Array(packed ? 2 * codes.length : codes.length);
  const group = values.length / scales.length;
  for (const [at, scale] of scales.entries()) {
    for (let i = at * group; i < (at + 1) * group; i++) {
      const code = packed ? (bytes[i >> 1] >> 4 * (i & 1) & 15) - 8 : codes[i];
      values[i] = code * scale;
    }
  }
  return values;
}

/**
 * A matrix as codes and scales, to be written.
 *
 * @param dtype `INT4` takes four bits for a number if all numbers then come back as they are, and else is
 * `INT8`
 * @param pieces its numbers row after row, cut anywhere. They are asked for some times: a table need not fit
 * into memory
 * @throws {CheckpointError} for a number that is not finite
 */
export async function quantisedTensors(
  name: string,
  { dtype, shape: [rows, columns], pieces }: {
    readonly dtype: QuantisedDtype;
    readonly shape: readonly number[];
    readonly pieces: () => AsyncIterable<Float32Array>;
  },
): Promise<TensorToWrite[]> {
  const codedAs = async (layout: Layout): Promise<Coded> => {
    const group = layout.group ?? columns;
    const scales = await scalesOf(name, pieces(), { layout, group, count: rows * columns / group });
    return { layout, group, scales };
  };
  const isInt4 = dtype === "INT4" && columns % layouts.INT4.group === 0;
  const exact = isInt4 ? await codedAs(layouts.INT4) : undefined;
  const coded = exact && await isExact(pieces(), exact) ? exact : await codedAs(layouts.INT8);
  const { layout, group, scales } = coded;
  const written: TensorToWrite[] = [
    {
      name: name + SCALE,
      dtype: layout.scaleDtype,
      shape: [rows, columns / group],
      bytes: () => fromFloat32(layout.scaleDtype, scales),
    },
    {
      name: name + layout.ending,
      dtype: layout.dtype,
      shape: [rows, columns / layout.codesAnElement],
      bytes: () => codesOf(pieces(), coded),
    },
  ];
  if (layout.codesAnElement === 1) return written;
  const shape = new Uint8Array(BigInt64Array.of(BigInt(rows), BigInt(columns)).buffer);
  return [...written, { name: name + SHAPE, dtype: "I64", shape: [2], bytes: () => shape }];
}

/** How a matrix is coded. */
interface Coded {
  readonly layout: Layout;
  /** Codes with a scale in common. */
  readonly group: number;
  readonly scales: Float32Array;
}

/** The nearest code. */
function codeOf(value: number, scale: number, { least, most }: Layout): number {
  // The scale of subnormal numbers is itself rounded far.
  return scale === 0 ? 0 : Math.min(Math.max(Math.round(value / scale), least), most);
}

async function isExact(
  pieces: AsyncIterable<Float32Array>,
  { layout, group, scales }: Coded,
): Promise<boolean> {
  let at = 0;
  for await (const piece of pieces) {
    for (const value of piece) {
      const scale = scales[Math.floor(at++ / group)];
      if (codeOf(value, scale, layout) * scale !== value) return false;
    }
  }
  return true;
}

/** The scales as they are saved, `[count]`. */
async function scalesOf(
  name: string,
  pieces: AsyncIterable<Float32Array>,
  { layout, group, count }: { layout: Layout; group: number; count: number },
): Promise<Float32Array> {
  const extremes = new Float32Array(count);
  let at = 0;
  for await (const piece of pieces) {
    for (const value of piece) {
      const of = Math.floor(at++ / group);
      if (!(Math.abs(value) <= Math.abs(extremes[of]))) extremes[of] = value;
    }
  }
  const wrong = extremes.find((extreme) => !Number.isFinite(extreme));
  if (wrong !== undefined) {
    throw new CheckpointError(`${name}: expected finite weights to save as codes but found ${wrong}`);
  }
  const scales = extremes.map(layout.scale);
  return toFloat32(layout.scaleDtype, fromFloat32(layout.scaleDtype, scales));
}

/** The codes in the bytes of their tensor, in pieces as the numbers come. */
async function* codesOf(
  pieces: AsyncIterable<Float32Array>,
  { layout, group, scales }: Coded,
): AsyncGenerator<Uint8Array> {
  const packed = layout.codesAnElement > 1;
  let at = 0;
  let low: number | undefined; // the first code of a byte whose second one is still to come
  for await (const piece of pieces) {
    const bytes = new Uint8Array(packed ? (piece.length + at % 2) >> 1 : piece.length);
    let filled = 0;
    for (const value of piece) {
      const code = codeOf(value, scales[Math.floor(at++ / group)], layout);
      if (!packed) bytes[filled++] = code;
      else if (low === undefined) low = code + 8;
      else {
        bytes[filled++] = low | code + 8 << 4;
        low = undefined;
      }
    }
    yield bytes;
  }
}
