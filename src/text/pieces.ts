/**
 * From a text to the ids of its pieces, as Hugging Face's Rust tokenizers do it. `@huggingface/tokenizers`
 * gives other ids in most parts of this (tests/golden/tokenizer_parts.py writes the numbers that hold it), so
 * of it are taken WordPiece, Unigram, the dialect of patterns, and the way back from ids to text.
 */

import type { HuggingFaceTokenizer } from "../dependencies.ts";
import { type AddedToken, TokenFinder } from "./added_tokens.ts";
import { Bpe, type BpeConfig } from "./bpe.ts";
import { bytePieces } from "./byte_pieces.ts";
import { type Normalizer, normalizerOf } from "./normalizers.ts";
import { preTokenizerOf } from "./pre_tokenizers.ts";

type Json = Readonly<Record<string, unknown>>;
type Part = Json & { readonly type: string };
type Model = NonNullable<HuggingFaceTokenizer["model"]>;

/** What somebody is told of encoding. */
export interface EncodingOptions {
  /** Every piece that BPE makes of two others, on the way or at its end. */
  readonly onJoin?: (piece: string) => void;
}

/**
 * What gives the ids of a text, without special tokens around them.
 *
 * @param json the file, checked
 * @param model the package's, which is changed
 * @param options see {@linkcode EncodingOptions}
 */
export function idsOf(json: Json, model: Model, options: EncodingOptions = {}): (text: string) => number[] {
  const normalize: Normalizer = json.normalizer ? normalizerOf(json.normalizer as Part) : (text) => text;
  const preTokenize = json.pre_tokenizer ? preTokenizerOf(json.pre_tokenizer as Part) : undefined;
  const added = (json.added_tokens ?? []) as AddedToken[];
  const ids = model.tokens_to_ids;
  // The package would find them inside of words, too.
  for (const { content } of added) if (!isPiece(json.model as Part, content)) ids.delete(content);
  const encode = piecesOf(json.model as Part, model, options);
  const isNormalized = ({ normalized, special }: AddedToken) => normalized ?? !special;
  const asWritten = new TokenFinder(
    added.filter((token) => !isNormalized(token)).map((token) => [token.content, token]),
  );
  const asNormalized = new TokenFinder(
    added.filter(isNormalized).map((token) => [normalize(token.content), token]),
  );
  const idsIn = (text: string, isFirst: boolean) => {
    const pieces = [{ text, isFirst }];
    return (preTokenize?.(pieces) ?? pieces).flatMap(({ text }) =>
      encode(text).map((piece) => ids.get(piece)!)
    );
  };
  return (text) =>
    asWritten.sections(text).flatMap((outer) =>
      outer.token
        ? outer.token.id
        : asNormalized.sections(normalize(outer.text)).flatMap((inner) =>
          inner.token ? inner.token.id : idsIn(inner.text, outer.isFirst && inner.isFirst)
        )
    );
}

function isPiece({ vocab }: Part, token: string): boolean {
  if (Array.isArray(vocab)) return vocab.some(([piece]) => piece === token);
  return Object.hasOwn(vocab as object, token);
}

/** What cuts a text into pieces. */
function piecesOf(config: Part, model: Model, { onJoin }: EncodingOptions): (text: string) => string[] {
  if (config.type === "BPE") {
    const bpe = new Bpe(config as unknown as BpeConfig);
    return (text) => bpe.encode(text, onJoin);
  }
  if (config.type === "WordPiece") return (text) => model.encode([text]);
  const unknown = model.vocab[config.unk_id as number];
  const isKnown = (piece: string) => model.tokens_to_ids.has(piece);
  const known = (piece: string) => {
    if (isKnown(piece)) return [piece];
    const bytes = config.byte_fallback ? bytePieces(piece) : [];
    return bytes.length > 0 && bytes.every(isKnown) ? bytes : [unknown];
  };
  // Called as a function the package's model also joins unknown characters that stand side by side.
  return (text) => model([text]).flatMap(known);
}
