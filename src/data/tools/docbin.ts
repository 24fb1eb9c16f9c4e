/** spaCy's DocBin: zlib of msgpack, whose words are hashes of the texts in a list. */

import { decodeMsgpack } from "../../dependencies.ts";
import { DataError } from "../../errors.ts";
import { isJsonObject } from "../../json/strict_json.ts";
import { FaultList } from "../fault_list.ts";
import type { FileContent, LabelledFile, Reader, ReadOptions } from "../reader.ts";
import type { Sentence } from "../sentence.ts";
import { inflate } from "./inflate.ts";
import { fileOfWords } from "./json_readers.ts";
import { SPACY_SYMBOLS } from "./spacy_symbols.ts";
import { plainType } from "./text_formats.ts";

/** Numbers of spaCy's attributes. */
const [ORTH, ENT_IOB, ENT_TYPE, SENT_START] = [65, 77, 78, 80];

/** Reads `.spacy` files. */
export const docBin: Reader = {
  name: "docbin",
  title: "spaCy DocBin",
  extensions: [".spacy"],
  // Zlib's beginning at its four levels, in what is no text.
  detect: ({ bytes, head }) =>
    bytes[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(bytes[1]) && head.includes("\ufffd"),
  read: readDocBin,
};

async function readDocBin(
  { bytes }: FileContent,
  options: ReadOptions & { readonly file: string },
): Promise<LabelledFile> {
  const { file } = options;
  const { attrs, tokens, lengths, strings } = await unpack(bytes, file);
  const column = (attribute: number, name: string) => {
    const at = attrs.indexOf(attribute);
    if (at < 0) {
      throw new DataError(`${file}: expected the attribute ${name} of every word, found none: store it`);
    }
    return at;
  };
  const [orth, iob, type] = [column(ORTH, "ORTH"), column(ENT_IOB, "ENT_IOB"), column(ENT_TYPE, "ENT_TYPE")];
  const starts = attrs.indexOf(SENT_START);
  const texts = textsByHash(strings);
  const textOf = (word: number, attribute: number) => {
    const key = keyAt(tokens, (word * attrs.length + attribute) * 8);
    const text = texts.get(key);
    if (text === undefined) {
      throw new DataError(`${file}: expected the text of word ${word + 1}, found none in its list`);
    }
    return text;
  };
  const small = (word: number, attribute: number) => tokens[(word * attrs.length + attribute) * 8];
  const sentences: Sentence[] = [];
  const places: string[] = [];
  const types = new Map<string, string>();
  let missing = 0;
  let word = 0;
  for (const [document, length] of lengths.entries()) {
    let open: { words: string[]; tags: string[] } | undefined;
    for (const end = word + length; word < end; word++) {
      const text = textOf(word, orth);
      // White space is a word for spaCy, and what it does not know is none of another kind.
      if (text.trim() === "") continue;
      const kind = small(word, iob);
      if (kind === 0) missing++;
      const inside = kind === 1 && open !== undefined && open.words.length > 0;
      if (!open || starts >= 0 && small(word, starts) === 1 && open.words.length > 0 && !inside) {
        sentences.push(open = { words: [], tags: [] });
        places.push(`${file}: document ${document + 1}`);
      }
      open.words.push(text);
      if (kind !== 1 && kind !== 3) open.tags.push("O");
      else {
        const written = textOf(word, type);
        if (!types.has(written)) types.set(written, plainType(written));
        open.tags.push(`${kind === 3 ? "B" : "I"}-${types.get(written)}`);
      }
    }
  }
  const notes = missing > 0 ? [`${missing} words without an annotation are taken for O`] : [];
  const read = { sentences, places, notes };
  return fileOfWords(read, {
    options,
    format: "spaCy DocBin",
    faults: new FaultList(),
    all: sentences.length,
  });
}

/** What a DocBin holds. */
interface Unpacked {
  readonly attrs: readonly number[];
  /** 64 bits an attribute of a word, `[words, attrs]`. */
  readonly tokens: Uint8Array;
  /** Words of each document. */
  readonly lengths: Int32Array;
  readonly strings: readonly string[];
}

async function unpack(bytes: Uint8Array, file: string): Promise<Unpacked> {
  const refusal = (what: string) => new DataError(`${file}: expected a DocBin of spaCy, found ${what}`);
  const packed = await inflate(bytes, { file, format: "deflate" });
  let message: unknown;
  try {
    const most = packed.length;
    message = decodeMsgpack(packed, {
      maxStrLength: most,
      maxBinLength: most,
      maxArrayLength: most,
      maxMapLength: most,
      maxExtLength: most,
    });
  } catch {
    throw refusal("no msgpack inside");
  }
  const { attrs, tokens, lengths, strings } = isJsonObject(message) ? message : {};
  const isBytes = (value: unknown) => value instanceof Uint8Array;
  const areNumbers = Array.isArray(attrs) && attrs.every((attribute) => Number.isInteger(attribute));
  const areTexts = Array.isArray(strings) && strings.every((text) => typeof text === "string");
  if (!areNumbers || !areTexts || !isBytes(tokens) || !isBytes(lengths)) throw refusal("other fields");
  if (lengths.length % 4 !== 0) throw refusal(`lengths of ${lengths.length} bytes`);
  const counts = new Int32Array(lengths.slice().buffer);
  let words = 0;
  for (const count of counts) {
    if (count < 0) throw refusal(`a document of ${count} words`);
    words += count;
  }
  if (tokens.length !== words * attrs.length * 8) {
    throw refusal(`${tokens.length} bytes for ${words} words of ${attrs.length} attributes`);
  }
  return { attrs, tokens, lengths: counts, strings };
}

/** The low 53 bits of a number of 64: enough to tell the texts of a file apart, and fast to look up. */
function keyAt(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
  const high = bytes[at + 4] | bytes[at + 5] << 8 | (bytes[at + 6] & 0x1f) << 16;
  return high * 2 ** 32 + low;
}

function textsByHash(strings: readonly string[]): Map<number, string> {
  const texts = new Map<number, string>([[0, ""]]);
  for (const text of strings) {
    const key = SPACY_SYMBOLS.get(text) ?? Number(BigInt.asUintN(53, murmurHash64A(utf8.encode(text))));
    texts.set(key, text);
  }
  return texts;
}

const utf8 = new TextEncoder();
const M = 0xc6a4a7935bd1e995n;
const U64 = (1n << 64n) - 1n;

/** MurmurHash2 for 64 bits (Appleby, public domain) with the seed 1, as spaCy hashes texts. */
export function murmurHash64A(bytes: Uint8Array): bigint {
  let hash = 1n ^ (BigInt(bytes.length) * M & U64);
  const whole = bytes.length - bytes.length % 8;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < whole; at += 8) {
    let k = view.getBigUint64(at, true) * M & U64;
    k ^= k >> 47n;
    hash = (hash ^ (k * M & U64)) * M & U64;
  }
  if (whole < bytes.length) {
    let rest = 0n;
    for (let at = bytes.length - 1; at >= whole; at--) rest = rest << 8n | BigInt(bytes[at]);
    hash = (hash ^ rest) * M & U64;
  }
  hash = (hash ^ hash >> 47n) * M & U64;
  return hash ^ hash >> 47n;
}
