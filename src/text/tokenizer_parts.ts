/**
 * What a tokenizer.json may say beside its vocabulary. The package that builds tokenizers looks at no type,
 * so a part that it knows with a field of another kind would fail in the middle of a sentence, or never end.
 */

import { v } from "../dependencies.ts";
import { listed } from "../json/quote.ts";

const LONG = "a text of at most 64 characters";
/**
 * What is written between or in front of pieces: a mark, or a space. A long one would make a long text of
 * every word.
 */
const mark = v.pipe(v.string(LONG), v.maxLength(64, LONG));
const PATTERN = "a pattern, an object with String or Regex of at most 1,000 characters";
const source = v.pipe(v.string(PATTERN), v.nonEmpty(PATTERN), v.maxLength(1000, PATTERN));
const pattern = v.union([v.object({ String: source }), v.object({ Regex: source })], PATTERN);
const flag = v.nullish(v.boolean("true or false"));
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => {
  const wanted = `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}`;
  return v.pipe(v.number(wanted), v.safeInteger(wanted), v.minValue(least, wanted), v.maxValue(most, wanted));
};

const MOST_PARTS = 32;
/** Parts in a row; each goes over the whole text. */
const several = <Part extends v.GenericSchema>(part: Part) =>
  v.pipe(v.array(part, "a list"), v.maxLength(MOST_PARTS, `a list of at most ${MOST_PARTS} parts`));

type Options = readonly v.ObjectSchema<
  { readonly type: v.LiteralSchema<string, undefined> } & v.ObjectEntries,
  undefined
>[];

/** An object whose `type` says which of these it is. */
function oneOf<const Parts extends Options>(parts: Parts) {
  const names = parts.map(({ entries }) => entries.type.literal);
  // deno-lint-ignore no-explicit-any -- valibot's own type of such options
  return v.variant("type", parts as any, `one of ${listed(names, 4)}`);
}

const part = <const Entries extends v.ObjectEntries>(type: string, entries: Entries) =>
  v.object({ type: v.literal(type), ...entries });

const normalizer: v.GenericSchema = v.lazy(() => normalizers);
const normalizers = oneOf([
  part("BertNormalizer", {
    clean_text: flag,
    handle_chinese_chars: flag,
    strip_accents: flag,
    lowercase: flag,
  }),
  part("ByteLevel", {}),
  part("Lowercase", {}),
  part("NFC", {}),
  part("NFD", {}),
  part("NFKC", {}),
  part("NFKD", {}),
  part("Nmt", {}),
  part("Precompiled", { precompiled_charsmap: v.nullish(v.string("a text of base64")) }),
  part("Prepend", { prepend: mark }),
  part("Replace", { pattern, content: mark }),
  part("Sequence", { normalizers: several(normalizer) }),
  part("Strip", { strip_left: flag, strip_right: flag }),
  part("StripAccents", {}),
]);

const CHARACTER = "a text of one character";
const isCharacter = (text: string) => [...text].length === 1;
const BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"] as const;
const behavior = v.picklist(BEHAVIORS, `one of ${BEHAVIORS.join(", ")}`);

const preTokenizer: v.GenericSchema = v.lazy(() => preTokenizers);
const preTokenizers = oneOf([
  part("BertPreTokenizer", {}),
  part("ByteLevel", { add_prefix_space: flag, trim_offsets: flag, use_regex: flag }),
  part("CharDelimiterSplit", { delimiter: v.pipe(v.string(CHARACTER), v.check(isCharacter, CHARACTER)) }),
  part("Digits", { individual_digits: flag }),
  part("FixedLength", { length: v.nullish(whole(1, 1000)) }),
  part("Metaspace", {
    replacement: v.nullish(mark),
    str_rep: v.nullish(mark),
    prepend_scheme: v.nullish(v.picklist(["always", "first", "never"], "one of always, first, never")),
    add_prefix_space: flag,
    split: flag,
  }),
  part("Punctuation", { behavior: v.nullish(behavior) }),
  part("Sequence", { pretokenizers: several(preTokenizer) }),
  part("Split", { pattern, invert: flag, behavior }),
  part("UnicodeScripts", {}),
  part("Whitespace", {}),
  part("WhitespaceSplit", {}),
]);

const TOKEN = "a token with its id";
const token = v.tuple([v.string(TOKEN), whole(0)], TOKEN);
const item = v.union([
  v.object({ SpecialToken: v.object({ id: v.string() }) }),
  v.object({ Sequence: v.object({ id: v.picklist(["A", "B"]) }) }),
], "a SpecialToken, or a Sequence A or B");

const postProcessor: v.GenericSchema = v.lazy(() => postProcessors);
const postProcessors = oneOf([
  part("BertProcessing", { cls: token, sep: token }),
  part("ByteLevel", {}),
  part("RobertaProcessing", { cls: token, sep: token }),
  part("Sequence", { processors: several(postProcessor) }),
  part("TemplateProcessing", { single: several(item) }),
]);

const decoder: v.GenericSchema = v.lazy(() => decoders);
const decoders = oneOf([
  part("BPEDecoder", { suffix: v.nullish(mark) }),
  part("ByteFallback", {}),
  part("ByteLevel", {}),
  part("CTC", { pad_token: v.nullish(mark), word_delimiter_token: v.nullish(mark), cleanup: flag }),
  part("Fuse", {}),
  part("Metaspace", { replacement: v.nullish(mark) }),
  part("Replace", { pattern, content: v.nullish(mark) }),
  part("Sequence", { decoders: several(decoder) }),
  part("Strip", { content: v.nullish(mark), start: v.nullish(whole(0)), stop: v.nullish(whole(0)) }),
  part("WordPiece", { prefix: v.nullish(mark), cleanup: flag }),
]);

/** Everything in a tokenizer.json but its vocabulary, merges and added tokens. */
export const tokenizerParts = v.object({
  normalizer: v.nullish(normalizer),
  pre_tokenizer: v.nullish(preTokenizer),
  post_processor: v.nullish(postProcessor),
  decoder: v.nullish(decoder),
  added_tokens: v.nullish(v.array(
    v.object({
      content: v.pipe(v.string("a text"), v.maxLength(1000, "a text of at most 1,000 characters")),
      single_word: flag,
      lstrip: flag,
      rstrip: flag,
      normalized: flag,
      special: flag,
    }, "an object"),
    "a list",
  )),
  model: v.object({
    type: v.optional(v.picklist(["WordPiece", "Unigram", "BPE"], "one of WordPiece, Unigram, BPE")),
    continuing_subword_prefix: v.nullish(mark),
    continuing_subword_suffix: v.nullish(mark),
    end_of_word_suffix: v.nullish(mark),
    // WordPiece takes time in proportion to its square.
    max_input_chars_per_word: v.nullish(whole(0, 1000)),
    fuse_unk: flag,
    byte_fallback: flag,
    ignore_merges: flag,
  }, "an object"),
}, "an object");
