/** The normalisers of a tokenizer.json, as Hugging Face's Rust tokenizers apply them. */

import { bertNormalize, type BertNormalizerConfig } from "./bert_normalizer.ts";
import { beginning } from "./bounded.ts";
import { bytesAsLetters } from "./bytes_as_letters.ts";
import { Charsmap } from "./charsmap.ts";
import { compilePattern, type PatternJson } from "./pattern.ts";

/** A part of the file, checked by tokenizer_parts.ts. */
type Part = Readonly<Record<string, unknown>> & { readonly type: string };

/** What is done with a text before it is cut. */
export type Normalizer = (text: string) => string;

/**
 * The normaliser that a file describes; what it gives is never longer than the longest word that is encoded.
 *
 * @throws {CheckpointError} for a character map that is damaged
 * @throws {SyntaxError} for a pattern that JavaScript does not have
 */
export function normalizerOf(part: Part): Normalizer {
  const steps = part.type === "Sequence" ? (part.normalizers as Part[]).map(normalizerOf) : [stepOf(part)];
  return (text) => steps.reduce((text, step) => beginning(step(text)), text);
}

function stepOf(part: Part): Normalizer {
  switch (part.type) {
    case "BertNormalizer":
      return (text) => bertNormalize(text, part as BertNormalizerConfig);
    case "ByteLevel":
      return bytesAsLetters;
    case "Lowercase":
      return lowercase;
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD": {
      const form = part.type;
      return (text) => text.normalize(form);
    }
    case "Nmt":
      return nmt;
    case "Precompiled": {
      const charsmap = new Charsmap(part.precompiled_charsmap as string);
      return (text) => charsmap.normalize(text);
    }
    case "Prepend":
      return (text) => text === "" ? "" : part.prepend + text;
    case "Replace": {
      const pattern = compilePattern(part.pattern as PatternJson);
      const content = part.content as string;
      // A function, because in a text $ would have a meaning.
      return (text) => text.replace(pattern, () => content);
    }
    case "Strip":
      return stripOf(part);
    case "StripAccents":
      return (text) => text.replace(/\p{M}/gu, "");
    default:
      throw new Error(`a normaliser ${part.type}`);
  }
}

/** A character at a time: of a whole word JavaScript makes Greek ς at its end. */
function lowercase(text: string): string {
  return text.replace(/\p{Changes_When_Lowercased}/gu, (character) => character.toLowerCase());
}

/**
 * The rules of neural machine translation in SentencePiece: control characters go, and some others become
 * spaces.
 */
function nmt(text: string): string {
  return text
    // deno-lint-ignore no-control-regex -- these are meant
    .replace(/[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g, "")
    .replace(/[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, " ");
}

/** Unicode's white space, while JavaScript's `trim` takes U+FEFF too and leaves U+0085. */
function stripOf({ strip_left, strip_right }: Part): Normalizer {
  return (text) => {
    if (strip_left) text = text.replace(/^\p{White_Space}+/u, "");
    return strip_right ? text.slice(0, lastWritten(text)) : text;
  };
}

/**
 * Where the white space at the end begins; a regular expression would take time in proportion to the square.
 */
function lastWritten(text: string): number {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text[end - 1])) end--;
  return end;
}
