/** Patterns of a tokenizer.json, which are written for Oniguruma. */

import { SplitPreTokenizer } from "../dependencies.ts";

/** A text as it is, or a regular expression. */
export type PatternJson = { readonly String: string } | { readonly Regex: string };

/**
 * The pattern as a regular expression of JavaScript with the flags g and u; the package translates between
 * the dialects.
 *
 * @throws {SyntaxError} for one that JavaScript does not have
 */
export function compilePattern(pattern: PatternJson): RegExp {
  return new SplitPreTokenizer({ type: "Split", pattern, behavior: "Isolated", invert: true }).pattern!;
}

/** A letter, mark, digit or joining character of a word, as Rust's regular expressions understand `\w`. */
export const WORD_CHARACTER = String.raw`[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_C}]`;
