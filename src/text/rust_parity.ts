/**
 * Where `@huggingface/tokenizers` gives other ids than the Rust tokenizers, which the models were trained with, and what
 * Lacuna does about it. tests/golden/tokenizer.py writes the numbers that hold this.
 *
 * @module
 */

import {
  BertNormalizer,
  ByteLevelPreTokenizer,
  type HuggingFaceTokenizer,
  PrecompiledNormalizer,
  SequenceNormalizer,
  SequencePreTokenizer,
} from "../dependencies.ts";
import { bertNormalize } from "./bert_normalizer.ts";
import { Charsmap } from "./charsmap.ts";

/** The GPT-2 pattern with Unicode's white space: JavaScript's `\s` has U+FEFF too and lacks U+0085. */
const BYTE_LEVEL =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/**
 * Replaces, in place, the steps of a loaded tokenizer that differ from Rust: SentencePiece's character map (the package
 * applies NFKC instead), BERT's normaliser, and the white space of the byte-level pattern.
 */
export function matchRust(tokenizer: HuggingFaceTokenizer): void {
  matchNormalizer(tokenizer.normalizer);
  matchPreTokenizer(tokenizer.pre_tokenizer);
}

function matchNormalizer(normalizer: unknown): void {
  if (normalizer instanceof SequenceNormalizer) {
    normalizer.normalizers.forEach(matchNormalizer);
  } else if (normalizer instanceof PrecompiledNormalizer) {
    const charsmap = new Charsmap(normalizer.charsmap);
    normalizer.normalize = (text) => charsmap.normalize(text);
  } else if (normalizer instanceof BertNormalizer) {
    const config = normalizer.config;
    normalizer.normalize = (text) => bertNormalize(text, config);
  }
}

function matchPreTokenizer(preTokenizer: unknown): void {
  if (preTokenizer instanceof SequencePreTokenizer) {
    preTokenizer.tokenizers.forEach(matchPreTokenizer);
  } else if (preTokenizer instanceof ByteLevelPreTokenizer) {
    preTokenizer.pattern = BYTE_LEVEL;
  }
}
