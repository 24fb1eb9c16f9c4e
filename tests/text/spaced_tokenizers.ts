/** Tokenizers that mark spaces otherwise than with a pre-tokenizer that puts one before a text. */

import { tinyJson } from "./golden_tokenizers.ts";

type Json = Record<string, unknown>;

/** Byte-level BPE behind a split of its own, as in GPT-4: no space is added. */
export function gptJson(): Json {
  const words = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+`;
  const pretokenizers = [
    { type: "Split", pattern: { Regex: words }, behavior: "Isolated", invert: false },
    { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
  ];
  return {
    ...tinyJson("bpe"),
    normalizer: { type: "NFC" },
    pre_tokenizer: { type: "Sequence", pretokenizers },
  };
}

/**
 * BPE over letters, where a normaliser makes ▁ of spaces, and bytes of what it has no letter for, as in
 * Gemma.
 */
export function gemmaJson(): Json {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const special = ["<pad>", "</s>", "<s>", "<unk>", "<mask>"];
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
  const letters = [..."▁abcdefghijklmnopqrstuvwxyzABKMN.,'"];
  const merges = [["▁", "k"], ["▁k", "u"], ["a", "n"], ["▁", "a"], ["▁", "n"], ["▁n", "i"], ["t", "o"]];
  const pieces = [...special, ...bytes, ...letters, ...merges.map((pair) => pair.join(""))];
  return {
    version: "1.0",
    added_tokens: special.map((content, id) => ({ id, content, ...flags })),
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "<s>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
      ],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: Object.fromEntries(
        ["<s>", "</s>"].map((id) => [id, { id, ids: [special.indexOf(id)], tokens: [id] }]),
      ),
    },
    decoder: null,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges,
    },
  };
}
