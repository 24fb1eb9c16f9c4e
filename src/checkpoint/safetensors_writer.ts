/** Writing a safetensors file tensor by tensor. */

import { type Store, writeAtomic } from "../store/store.ts";
import { BYTES_PER_ELEMENT, type Dtype } from "./dtype.ts";
import { quote } from "../json/quote.ts";
import { refusal } from "../json/refusal.ts";
import { byteSize } from "./safetensors_entries.ts";
import { HEADER_LIMIT, METADATA_KEY } from "./safetensors_header.ts";

/** A tensor for {@linkcode writeSafetensors}. */
export interface TensorToWrite {
  /** Its name; `__metadata__` and `__proto__` are none. */
  readonly name: string;
  /** The format of its elements. */
  readonly dtype: Dtype;
  /** Its sizes, empty for a single number. */
  readonly shape: readonly number[];
  /** Called when its turn has come, so that one tensor, or one piece of it, is in memory at a time. */
  readonly bytes: () => Uint8Array | Promise<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * Writes a safetensors file, all or nothing (see `writeAtomic`).
 *
 * Tensors stand in the order of the format's own writer, wider dtypes first and then by name, so every one is
 * aligned to its elements, and the same tensors give the same file.
 *
 * @param content `metadata` goes into `__metadata__`; transformers opens a file only if it has `format: "pt"`
 * there; `beforeRename` as for `writeAtomic`
 * @throws {CheckpointError} for a name that cannot be read back, equal names, or a tensor whose bytes do not
 * fill its shape
 */
export async function writeSafetensors(
  store: Store,
  path: string,
  content: {
    tensors: Iterable<TensorToWrite>;
    metadata?: Readonly<Record<string, string>>;
    beforeRename?: () => Promise<void>;
  },
): Promise<void> {
  const file = store.locate(path);
  const tensors = [...content.tensors].sort(inFileOrder);
  const header = makeHeader(tensors, { file, metadata: content.metadata });
  await writeAtomic(store, path, async (sink) => {
    await sink.write(header);
    for (const tensor of tensors) {
      let written = 0;
      for await (const piece of pieces(tensor)) {
        await sink.write(piece);
        written += piece.length;
      }
      const size = byteSize(tensor.dtype, tensor.shape);
      if (written !== size) {
        throw refusal(file, {
          tensor: tensor.name,
          expected: `${size} bytes to write for ${tensor.dtype} ${quote(tensor.shape)}`,
          found: `${written}`,
        });
      }
    }
  }, { beforeRename: content.beforeRename });
}

const RANKS = Object.keys(BYTES_PER_ELEMENT);

function inFileOrder(a: TensorToWrite, b: TensorToWrite): number {
  return RANKS.indexOf(b.dtype) - RANKS.indexOf(a.dtype) || (a.name < b.name ? -1 : 1);
}

async function* pieces({ bytes }: TensorToWrite): AsyncIterable<Uint8Array> {
  const value = bytes();
  if (Symbol.asyncIterator in value) yield* value;
  else yield await value;
}

/** Length and JSON, with spaces up to a multiple of 8 so that the data begins aligned. */
function makeHeader(
  tensors: readonly TensorToWrite[],
  { file, metadata }: { file: string; metadata?: Readonly<Record<string, string>> },
): Uint8Array {
  // Text, not an object: an object would sort a name such as "0" to the front.
  const fields: string[] = [];
  if (metadata !== undefined) {
    const wrong = Object.entries(metadata).flat().find((text) =>
      text === "__proto__" || !text.isWellFormed()
    );
    if (wrong !== undefined) {
      throw refusal(file, { expected: "metadata that readers accept", found: quote(wrong) });
    }
    fields.push(`"${METADATA_KEY}":${JSON.stringify(metadata)}`);
  }
  const names = new Set<string>();
  let offset = 0;
  for (const { name, dtype, shape } of tensors) {
    if (name === METADATA_KEY || name === "__proto__" || !name.isWellFormed() || names.has(name)) {
      throw refusal(file, {
        tensor: name,
        expected: "a name of its own that readers accept",
        found: names.has(name) ? "a second tensor of this name" : "a name they refuse",
      });
    }
    names.add(name);
    const size = byteSize(dtype, shape);
    if (size === undefined || !shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
      throw refusal(file, {
        tensor: name,
        expected: "a shape of whole numbers and less than 2^53 bytes",
        found: quote(shape),
      });
    }
    const entry = { dtype, shape, data_offsets: [offset, offset + size] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset += size;
  }
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > HEADER_LIMIT) {
    throw refusal(file, { expected: `a header of at most ${HEADER_LIMIT} bytes`, found: `${length}` });
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return header;
}
