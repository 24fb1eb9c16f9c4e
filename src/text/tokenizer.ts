import { HuggingFaceTokenizer } from "../dependencies.ts";
import { CheckpointError, OptionError } from "../errors.ts";
import { quote } from "../json/quote.ts";
import { beginning, boundDecoder } from "./bounded.ts";
import { message, setting } from "../message.ts";
import { type EncodingOptions, idsOf } from "./pieces.ts";
import type { SpecialTokens } from "./special_tokens.ts";
import { type TokenizerJson, type UsedTokenizer, usedTokenizer } from "./used_tokenizer.ts";

export type { TokenizerJson };

/** Turns words into the subword ids of a pretrained model. */
export interface Tokenizer extends SpecialTokens {
  /** One more than the highest id. */
  readonly vocabSize: number;
  /** Ids that stand for no text, for example never to draw one as a random replacement. */
  readonly specialIds: ReadonlySet<number>;
  /**
   * The subword ids of one word, without special tokens. The words of a sentence are encoded one by one, as
   * transformers does with `is_split_into_words=True`. Empty when nothing of the word is left, as of a lone
   * zero-width character. Of more than 8,192 UTF-16 units only these are encoded: far more subwords than a
   * model reads, and a Unigram tokenizer would take quadratic time.
   */
  encodeWord(word: string): readonly number[];
  /** The text of a token id, undefined for an id that the vocabulary lacks. */
  idToToken(id: number): string | undefined;
  /**
   * The text that subwords stand for, without the marks of how they join; spaces in it say that they are
   * several words.
   */
  decode(ids: readonly number[]): string;
}

/** Words of running text repeat: so many are kept with their ids before the cache starts anew. */
const CACHED_WORDS = 200_000;

/**
 * Loads a tokenizer from the files of a Hugging Face checkpoint. Its ids are those of Hugging Face's Rust
 * tokenizers.
 *
 * @throws {CheckpointError} when tokenizer.json is not a tokenizer of a kind that is known, when a special
 * token is missing, or when the tokenizer puts something else around a sentence than one cls and one sep
 * token.
 */
export function loadTokenizer(files: TokenizerJson): Tokenizer {
  return tokenizerOf(usedTokenizer(files));
}

/** As {@linkcode loadTokenizer} does, from what `usedTokenizer` made of the files. */
export function tokenizerOf({ json, special }: UsedTokenizer, options: EncodingOptions = {}): Tokenizer {
  const { tokenizer, encode } = build(json, options);
  checkTemplate(tokenizer, special);
  let vocabSize = 0;
  for (const id of tokenizer.get_vocab().values()) vocabSize = Math.max(vocabSize, id + 1);
  const specialIds = new Set(Object.values(special).filter((id) => id !== undefined));
  for (const [id, token] of tokenizer.get_added_tokens_decoder()) if (token.special) specialIds.add(id);
  const cache = new Map<string, readonly number[]>();
  return {
    ...special,
    vocabSize,
    specialIds,
    encodeWord(word) {
      let ids = cache.get(word);
      if (ids === undefined) {
        if (cache.size === CACHED_WORDS) cache.clear();
        ids = encode(beginning(word));
        cache.set(word, ids);
      }
      return ids;
    },
    idToToken: (id) => tokenizer.id_to_token(id),
    decode: (ids) => ids.length === 0 ? "" : tokenizer.decode([...ids]).trim(),
  };
}

/**
 * Checks that a model's embeddings have a row for every id of the tokenizer; rows that the tokenizer does not
 * use are fine.
 *
 * @throws {CheckpointError} when the tokenizer has ids from `vocabSize` on.
 */
export function checkVocabulary(tokenizer: Tokenizer, vocabSize: number): void {
  if (tokenizer.vocabSize > vocabSize) {
    throw new CheckpointError(
      `Expected the ids of tokenizer.json below the vocab_size ${vocabSize} of config.json, found ids up to ` +
        `${tokenizer.vocabSize - 1} (${quote(tokenizer.idToToken(tokenizer.vocabSize - 1))}): ` +
        "take the tokenizer and the model from the same checkpoint",
    );
  }
}

/** The package's tokenizer, for the way back to text, and what encodes a text. */
function build(json: UsedTokenizer["json"], options: EncodingOptions) {
  try {
    const tokenizer = new HuggingFaceTokenizer(
      {
        ...json,
        // Ours: see pieces.ts.
        model: (json.model as { type: string }).type === "BPE"
          ? { ...json.model as object, merges: [] }
          : json.model,
        normalizer: null,
        pre_tokenizer: null,
        decoder: json.decoder ?? null,
        added_tokens: json.added_tokens ?? [],
      },
      // What tokenizer_config.json says beyond names is already part of tokenizer.json.
      {},
    );
    boundDecoder(tokenizer.decoder);
    return { tokenizer, encode: idsOf(json, tokenizer.model!, options) };
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(
      `tokenizer.json: expected a tokenizer of Hugging Face's tokenizers with parts that are known, but ${
        quote(reason)
      }: take a checkpoint with another tokenizer`,
    );
  }
}

/**
 * Lacuna writes the special tokens itself, so the file has to want the same: cls first, sep last, no others.
 */
function checkTemplate(tokenizer: HuggingFaceTokenizer, { clsId, sepId }: SpecialTokens): void {
  const { tokens } = tokenizer.post_processor!(["a"], null, true);
  const around = [clsId, sepId].map((id) => tokenizer.id_to_token(id)!);
  if (tokens.length !== 3 || tokens[0] !== around[0] || tokens[2] !== around[1]) {
    throw new CheckpointError(
      `tokenizer.json: expected a post_processor that puts the cls token before a sentence and the sep token after it, ` +
        `found ${quote(tokens.join(" "))} for "a": use a checkpoint of the BERT or RoBERTa kind`,
    );
  }
}

/**
 * The id of the mask token.
 *
 * @throws {OptionError} if the tokenizer has none, so that nothing can be masked
 */
export function maskId({ maskId }: Tokenizer): number {
  if (maskId === undefined) {
    throw new OptionError(
      message`Expected a mask token in the tokenizer but found none: use ${setting("masking", "none")}`,
    );
  }
  return maskId;
}
