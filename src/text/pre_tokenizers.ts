/**
 * The pre-tokenizers of a tokenizer.json, which cut text before its model does, as Hugging Face's Rust
 * tokenizers do.
 */

import { beginning, LONGEST_WORD } from "./bounded.ts";
import { bytesAsLetters } from "./bytes_as_letters.ts";
import { compilePattern, type PatternJson, WORD_CHARACTER } from "./pattern.ts";
import { cutAtScripts } from "./scripts.ts";

/** A part of the file, checked by tokenizer_parts.ts. */
type Part = Readonly<Record<string, unknown>> & { readonly type: string };

/** A piece of a text. */
export interface Piece {
  readonly text: string;
  /** Whether it begins where the text begins. */
  readonly isFirst: boolean;
}

/** Cuts every piece. */
export type PreTokenizer = (pieces: readonly Piece[]) => readonly Piece[];

/** What becomes of the matches of a pattern between the rest. */
export type Behavior = "Removed" | "Isolated" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";

/** GPT-2's pattern with Unicode's white space: JavaScript's `\s` has U+FEFF too and lacks U+0085. */
const BYTE_LEVEL =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const SPACE = /\p{White_Space}/gu;
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/gu;
const WORD = new RegExp(`${WORD_CHARACTER}+|(?:(?!${WORD_CHARACTER})\\P{White_Space})+`, "gu");
const NUMERIC = /\p{N}/gu;

/**
 * The pre-tokenizer that a file describes; all pieces together are never longer than the longest word that is
 * encoded.
 *
 * @throws {SyntaxError} for a pattern that JavaScript does not have
 */
export function preTokenizerOf(part: Part): PreTokenizer {
  const steps = part.type === "Sequence" ? (part.pretokenizers as Part[]).map(preTokenizerOf) : stepsOf(part);
  return (pieces) => steps.reduce((pieces, step) => beginningOf(step(pieces)), pieces);
}

function stepsOf(part: Part): PreTokenizer[] {
  switch (part.type) {
    case "BertPreTokenizer":
      return [splitter(SPACE, "Removed"), splitter(PUNCTUATION, "Isolated")];
    case "ByteLevel":
      return byteLevel(part);
    case "CharDelimiterSplit":
      return [splitter(compilePattern({ String: part.delimiter as string }), "Removed")];
    case "Digits":
      return [splitter(NUMERIC, part.individual_digits ? "Isolated" : "Contiguous")];
    case "FixedLength": {
      const length = (part.length ?? 5) as number;
      return [splitter(new RegExp(`[^]{1,${length}}`, "gu"), "Isolated")];
    }
    case "Metaspace":
      return metaspace(part);
    case "Punctuation":
      return [splitter(PUNCTUATION, (part.behavior ?? "Isolated") as Behavior)];
    case "Split":
      return [
        splitter(
          compilePattern(part.pattern as PatternJson),
          part.behavior as Behavior,
          part.invert === true,
        ),
      ];
    case "UnicodeScripts":
      return [(pieces) => pieces.flatMap((piece) => cut(piece, cutAtScripts(piece.text)))];
    case "Whitespace":
      return [splitter(WORD, "Removed", true)];
    case "WhitespaceSplit":
      return [splitter(SPACE, "Removed")];
    default:
      throw new Error(`a pre-tokenizer ${part.type}`);
  }
}

function byteLevel({ add_prefix_space, use_regex }: Part): PreTokenizer[] {
  const spaced = (text: string) => text.startsWith(" ") ? text : ` ${text}`;
  return [
    ...add_prefix_space ? [each(({ text }) => spaced(text))] : [],
    ...use_regex === false ? [] : [splitter(BYTE_LEVEL, "Isolated")],
    each(({ text }) => bytesAsLetters(text)),
  ];
}

function metaspace(part: Part): PreTokenizer[] {
  const mark = (part.replacement ?? "▁") as string;
  const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? "never" : "always");
  const marked = ({ text, isFirst }: Piece) => {
    const replaced = text.replaceAll(" ", () => mark);
    const isWanted = scheme === "always" || scheme === "first" && isFirst;
    return isWanted && !replaced.startsWith(mark) ? mark + replaced : replaced;
  };
  const atMarks = splitter(compilePattern({ String: mark }), "MergedWithNext");
  return part.split === false ? [each(marked)] : [each(marked), atMarks];
}

function each(change: (piece: Piece) => string): PreTokenizer {
  return (pieces) => pieces.map((piece) => ({ ...piece, text: change(piece) }));
}

/** A part of a text, and whether the pattern matches it. */
type Span = { start: number; end: number; readonly isMatch: boolean };

function splitter(pattern: RegExp, behavior: Behavior, invert = false): PreTokenizer {
  return (pieces) =>
    pieces.flatMap((piece) => cut(piece, joined(spansOf(piece.text, pattern, invert), behavior)));
}

/** The parts of a piece, but for those without a character. */
function cut({ text, isFirst }: Piece, spans: readonly { start: number; end: number }[]): Piece[] {
  return spans.filter(({ start, end }) => start < end)
    .map(({ start, end }) => ({ text: text.slice(start, end), isFirst: isFirst && start === 0 }));
}

/** The matches of a pattern and what is between them, in their order. */
function spansOf(text: string, pattern: RegExp, invert: boolean): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (end < index) spans.push({ start: end, end: index, isMatch: invert });
    end = index + match.length;
    spans.push({ start: index, end, isMatch: !invert });
  }
  if (end < text.length) spans.push({ start: end, end: text.length, isMatch: invert });
  return spans;
}

function joined(spans: Span[], behavior: Behavior): Span[] {
  switch (behavior) {
    case "Removed":
      return spans.filter(({ isMatch }) => !isMatch);
    case "Isolated":
      return spans;
    case "Contiguous":
      return merged(spans, (before, span) => before === span.isMatch);
    case "MergedWithPrevious":
      return merged(spans, (before, span) => span.isMatch && !before);
    case "MergedWithNext":
      return merged(spans.toReversed(), (before, span) => span.isMatch && !before).reverse();
  }
}

/** Joins a span with the one before where that is wanted, given whether the one before was a match. */
function merged(spans: readonly Span[], isWanted: (before: boolean, span: Span) => boolean): Span[] {
  const all: Span[] = [];
  let before = false;
  for (const span of spans) {
    const last = all.at(-1);
    if (last && isWanted(before, span)) {
      last.start = Math.min(last.start, span.start);
      last.end = Math.max(last.end, span.end);
    } else all.push({ ...span });
    before = span.isMatch;
  }
  return all;
}

/** The first of these pieces, of which so many are as long as a word may be. */
function beginningOf(pieces: readonly Piece[]): Piece[] {
  const kept: Piece[] = [];
  for (let room = LONGEST_WORD; kept.length < pieces.length && room > 0; room -= kept.at(-1)!.text.length) {
    const piece = pieces[kept.length];
    kept.push({ ...piece, text: beginning(piece.text) });
  }
  return kept;
}
