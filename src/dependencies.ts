/**
 * The npm packages that library code uses, each with its version, in one place: somebody who imports mod.ts
 * by URL has no import map, so bare specifiers would not resolve, and versions spread over files would drift
 * apart.
 *
 * @module
 */

export {
  SequenceDecoder,
  SplitPreTokenizer,
  Tokenizer as HuggingFaceTokenizer,
} from "npm:@huggingface/tokenizers@0.2.0";

import * as safetensors from "npm:safetensors@0.0.1";
export * as v from "npm:valibot@1.5.0";

/** What the safetensors package, which has no types, makes of a whole file or of its header alone. */
interface ParsedHeader {
  /** Offsets count from the beginning of the file. */
  readonly metadata: Map<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
}

// Deno sees the package's default export only, bundlers its named ones only, and they warn of
// `safetensors.default`.
const { default: whole = safetensors } = { ...safetensors };
const { SafeTensor } = whole as {
  SafeTensor: new (file: Uint8Array) => ParsedHeader;
};
export { SafeTensor };

export { decode as decodeMsgpack } from "npm:@msgpack/msgpack@3.1.3";
export { unzipSync } from "npm:fflate@0.8.3";
export { parquetMetadataAsync, parquetReadObjects, snappyUncompress } from "npm:hyparquet@1.33.0";
