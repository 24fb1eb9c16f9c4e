/** The `BertNormalizer` of a tokenizer.json. */
export interface BertNormalizerConfig {
  readonly clean_text?: boolean;
  readonly handle_chinese_chars?: boolean;
  /** Null or absent: as `lowercase` says. */
  readonly strip_accents?: boolean | null;
  readonly lowercase?: boolean;
}

/** What the Rust code counts as Chinese: 2B820 to 2B91F are left out there, and so here. */
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

/**
 * BERT's text normalisation in the order of Hugging Face's Rust tokenizers: drop control characters, set
 * spaces around Chinese characters, strip accents, lower the case. The case is lowered one character at a
 * time: a whole word's `toLowerCase` writes Greek ς at its end, which the vocabularies were not made with.
 */
export function bertNormalize(text: string, config: BertNormalizerConfig): string {
  const lowercase = config.lowercase ?? false;
  if (config.clean_text) {
    text = text.replace(/[^\P{Cc}\t\n\r]|[\p{Cf}\p{Co}\p{Cs}\ufffd]/gu, "").replace(/\p{White_Space}/gu, " ");
  }
  if (config.handle_chinese_chars) text = text.replace(CHINESE, " $& ");
  if (config.strip_accents ?? lowercase) text = text.normalize("NFD").replace(/\p{Mn}/gu, "");
  if (lowercase) text = text.replace(/\p{L}|\p{N}|\p{S}/gu, (character) => character.toLowerCase());
  return text;
}
