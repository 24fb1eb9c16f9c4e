import { CheckpointError } from "../errors.ts";

/** Grapheme clusters of this many UTF-8 bytes and more are replaced character by character. */
const LONG_GRAPHEME = 6;

/**
 * The character map of a SentencePiece model (`precompiled_charsmap` in tokenizer.json), applied as Hugging
 * Face's Rust tokenizers apply it.
 *
 * The bytes are the size of a trie (u32, little endian), the trie as a Darts double array (Aoe 1989, "An
 * efficient digital search algorithm by using a double-array structure"), and replacements that end with a
 * zero byte. Neither NFKC nor SentencePiece itself gives the same: a short grapheme cluster is replaced by
 * the entry of its **shortest** prefix in the trie and its rest is dropped, so o + acute + dot below becomes
 * ó, without the dot. The models' users tokenise like that, about one Yoruba word in forty depends on it, and
 * other ids would mean other embeddings.
 */
export class Charsmap {
  readonly #trie: Uint32Array;
  readonly #replacements: Uint8Array;
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  readonly #segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

  /** @throws {CheckpointError} when the text is not base64 or the trie is longer than the bytes. */
  constructor(base64: string) {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    } catch {
      throw new CheckpointError(
        "tokenizer.json: expected precompiled_charsmap to be base64: take a fresh copy",
      );
    }
    const view = new DataView(bytes.buffer);
    const size = bytes.length < 4 ? 0 : view.getUint32(0, true);
    if (size % 4 !== 0 || size > bytes.length - 4) {
      throw new CheckpointError(
        `tokenizer.json: expected precompiled_charsmap to begin with a trie of whole units inside its bytes, ` +
          `found a trie of ${size} bytes in ${bytes.length}: take a fresh copy`,
      );
    }
    this.#trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + size);
  }

  /** The text with every mapped character or short grapheme cluster replaced. */
  normalize(text: string): string {
    let result = "";
    for (const { segment } of this.#segmenter.segment(text)) {
      const bytes = this.#encoder.encode(segment);
      const whole = bytes.length < LONG_GRAPHEME ? this.#replacement(bytes) : undefined;
      if (whole !== undefined) {
        result += whole;
      } else {
        for (const character of segment) {
          result += this.#replacement(this.#encoder.encode(character)) ?? character;
        }
      }
    }
    return result;
  }

  /** The replacement of the shortest prefix of `key` in the trie. */
  #replacement(key: Uint8Array): string | undefined {
    let node = offsetOf(this.#trie[0] ?? 0);
    for (const byte of key) {
      if (byte === 0) return undefined;
      node ^= byte;
      const unit = this.#trie[node];
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return undefined;
      node ^= offsetOf(unit);
      const isLeaf = (unit & 0x100) !== 0;
      if (isLeaf) return this.#read((this.#trie[node] ?? 0) & 0x7fffffff);
    }
    return undefined;
  }

  #read(start: number): string {
    const end = this.#replacements.indexOf(0, start);
    return this.#decoder.decode(this.#replacements.subarray(start, end < 0 ? undefined : end));
  }
}

/** Where the children of a unit stand, relative to it: 21 bits, shifted by 8 more when bit 9 says so. */
function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}
